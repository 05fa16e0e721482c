"""Roots, inclusion and consistency proofs of all trees of 1 to 300 leaves, against a second program: this one, written
from the definitions MTH, PATH and PROOF of RFC 6962, section 2.1."""

import functools
import hashlib
import os
import subprocess
import sys

BUILD = os.path.abspath(sys.argv[1])
MOST = 300
LEAVES = [f"leaf {i}".encode() for i in range(MOST)]


def k(n):
    power = 1
    while power * 2 < n:
        power *= 2
    return power


@functools.cache
def mth(begin, end):
    if end - begin == 0:
        return hashlib.sha256().digest()
    if end - begin == 1:
        return hashlib.sha256(b"\x00" + LEAVES[begin]).digest()
    split = begin + k(end - begin)
    return hashlib.sha256(b"\x01" + mth(begin, split) + mth(split, end)).digest()


def path(m, begin, end):
    if end - begin == 1:
        return []
    split = k(end - begin)
    if m < split:
        return path(m, begin, begin + split) + [mth(begin + split, end)]
    return path(m - split, begin + split, end) + [mth(begin, begin + split)]


def subproof(m, begin, end, known):
    if m == end - begin:
        return [] if known else [mth(begin, end)]
    split = k(end - begin)
    if m <= split:
        return subproof(m, begin, begin + split, known) + [mth(begin + split, end)]
    return subproof(m - split, begin + split, end, False) + [mth(begin, begin + split)]


def main():
    answer = subprocess.run([os.path.join(BUILD, "tests", "ledger_tool"), "proofs", str(MOST)], capture_output=True,
                            text=True, timeout=50, check=True).stdout.splitlines()
    assert len(answer) == MOST
    for n in range(1, MOST + 1):
        inclusion, consistency = hashlib.sha256(), hashlib.sha256()
        for i in range(n):
            inclusion.update(b"".join(path(i, 0, n)))
            consistency.update(b"".join(subproof(i + 1, 0, n, True)))
        expected = f"{mth(0, n).hex()} {inclusion.hexdigest()} {consistency.hexdigest()}"
        assert answer[n - 1] == expected, f"{n} leaves: {answer[n - 1]}, expected {expected}"
    print(f"ok   {MOST} roots, {MOST * (MOST + 1) // 2} inclusion and as many consistency proofs")


main()
