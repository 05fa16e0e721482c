"""Runs every case of gate_tsan several times and holds ThreadSanitizer to what it is to say of it.

    tsan_gate.py GATE_TSAN

A case named "race" must be reported in each run, a case named "clean" in none.
"""

import os
import subprocess
import sys

RUNS = 3
REPORTED = 66


def without_address_randomisation():
    """GCC 12's ThreadSanitizer cannot start where the kernel randomises addresses by more bits than it knows."""
    prefix = ["setarch", os.uname().machine, "-R"]
    try:
        works = subprocess.run(prefix + ["true"], stderr=subprocess.DEVNULL, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        works = False
    return prefix if works else []


def verdict(command, name, symbols):
    # Names and lines of a report that is awaited are not worth the seconds they take.
    options = dict(os.environ, TSAN_OPTIONS=f"halt_on_error=1:exitcode={REPORTED}:symbolize={int(symbols)}")
    try:
        run = subprocess.run(command + [name], env=options, capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        return "no end within 30 s"
    reported = "WARNING: ThreadSanitizer: data race" in run.stderr
    if run.returncode == REPORTED and reported:
        return "race"
    if run.returncode == 0 and not reported:
        return "clean"
    return f"exit code {run.returncode}: {run.stderr.strip()[:2000]}"


def main(program):
    command = without_address_randomisation() + [program]
    listing = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    cases = [line.split() for line in listing.splitlines()]
    if sum(expected == "race" for expected, _ in cases) < 13 or sum(expected == "clean" for expected, _ in cases) < 4:
        print("gate_tsan lists fewer cases than there are orders to weaken")
        return 1
    bad = 0
    for expected, name in cases:
        seen = [verdict(command, name, expected == "clean") for _ in range(RUNS)]
        as_expected = seen.count(expected)
        print(f"{'ok ' if as_expected == RUNS else 'BAD'} {name}: {expected} in {as_expected} of {RUNS} runs")
        for other in sorted(set(seen) - {expected}):
            print(f"    {other}")
        bad += as_expected != RUNS
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
