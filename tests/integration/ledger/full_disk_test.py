"""A disk that is full, read-only or broken for a while: the writer goes on trying, says why it could not, and afterwards
nothing is missing and nothing is there twice."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
from ledgers import TOOL, first_verifier, folder, second_verifier


def whole(path, commits, context=""):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT count(*), count(DISTINCT start || ' ' || meter) FROM energy").fetchone()
    assert rows == (2 * commits, 2 * commits), (rows, commits, context)
    code, verdict = first_verifier(path)
    assert code == 0, (verdict, context)
    assert second_verifier(path)[0] == 0


def acked(output):
    return [int(number) for number in re.findall(r"^ack (\d+)$", output, re.MULTILINE)]


def injected(place):
    """Errors of single system calls in the middle of commits (by strace)."""
    cases = [("pwrite64", "error=ENOSPC", "disk_full"), ("pwrite64", "error=EIO", "input_output"),
             ("pwrite64", "error=EDQUOT", "disk_full"), ("pwrite64", "retval=10", None),
             ("fdatasync", "error=EIO", "input_output"), ("fsync", "error=EIO", None),
             ("ftruncate", "error=EIO", "input_output"), ("write", "error=ENOSPC", None)]
    for number, (call, fault, kind) in enumerate(cases):
        for first in (2, 5, 9, 14):
            path = os.path.join(place, f"{number}-{first}")
            subprocess.run([TOOL, "write", path, path + ".key", "2"], capture_output=True, timeout=20, check=True)
            done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                                   f"inject={call}:{fault}:when={first}..{first + 3}", TOOL, "write", path,
                                   path + ".key", "6"], capture_output=True, text=True, timeout=60)
            said = done.stderr
            if call == "write" and done.returncode != 0:
                continue  # the acknowledgement itself could not be written
            assert done.returncode == 0, (call, fault, first, said)
            assert call == "write" or acked(done.stdout) == list(range(3, 9)), (call, fault, first, done.stdout, said)
            whole(path, 8, (call, fault, first, said))
            if kind and first <= 5:  # later ones may lie behind the last commit
                assert kind in said, (call, fault, first, said)
    print(f"ok   {len(cases)} faults at four places each: told, tried again, nothing lost or doubled", flush=True)


def on_tmpfs(script, *arguments):
    """Runs a part of this file in a mount namespace of its own."""
    return subprocess.run(["unshare", "-m", "/usr/bin/python3", __file__, sys.argv[1], script, *arguments],
                          capture_output=True, text=True, timeout=100)


def mounted(size, act):
    with tempfile.TemporaryDirectory() as point:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", point], check=True)
        try:
            act(point)
        finally:
            subprocess.run(["umount", "-l", point], check=False)


def write_through(point, until, cure):
    """Starts a writer, waits until it complains of `until`, applies the cure, and has it write on for a while."""
    path, errors = os.path.join(point, "ledger"), tempfile.TemporaryFile("w+")
    writer = subprocess.Popen([TOOL, "write", path, path + ".key", "1000000"], stdout=subprocess.PIPE, stderr=errors)
    try:
        lines = []
        os.set_blocking(writer.stdout.fileno(), False)

        def collect():
            try:
                while text := os.read(writer.stdout.fileno(), 65536):
                    lines.append(text.decode())
            except BlockingIOError:
                pass

        def complained():
            errors.seek(0)
            return f": {until}: " in errors.read()

        end = time.monotonic() + 40
        while not complained():
            collect()
            assert writer.poll() is None and time.monotonic() < end, "".join(lines)[-300:]
            time.sleep(0.02)
        collect()
        before = len(acked("".join(lines)))
        cure()
        while len(acked("".join(lines))) < before + 20:
            collect()
            assert writer.poll() is None and time.monotonic() < end, "no commit after the cure"
            time.sleep(0.01)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        collect()
        writer.stdout.close()
    numbers = acked("".join(lines))
    assert numbers == list(range(1, len(numbers) + 1)), "an acknowledgement is missing"
    done = subprocess.run([TOOL, "write", path, path + ".key", "1"], capture_output=True, text=True, timeout=20, check=True)
    opened = int(done.stdout.split()[1])
    assert opened in (len(numbers), len(numbers) + 1), (opened, len(numbers))
    code, verdict = first_verifier(path)
    assert code == 0, verdict
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        count = database.execute("SELECT count(*), count(DISTINCT start || ' ' || meter) FROM energy").fetchone()
    assert count == (2 * opened + 2, 2 * opened + 2), count
    print(f"{until} after {before} commits, cured, {len(numbers)} in the end")


def limited_file(place):
    """A limit of a file's size is an error that is told (SQLite calls it an I/O error), not an end by SIGXFSZ."""
    path = os.path.join(place, "limited")
    done = subprocess.run(["bash", "-c", f"ulimit -f 120; timeout 2 {TOOL} write {path} {path}.key 100000"],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode in (1, 124) and re.search("(disk_full|input_output): ", done.stderr), (done.returncode, done.stderr[-300:])
    commits = len(acked(done.stdout))
    again = subprocess.run([TOOL, "write", path, path + ".key", "3"], capture_output=True, text=True, timeout=20, check=True)
    assert int(again.stdout.split()[1]) == commits
    whole(path, commits + 3)
    print(f"ok   a file at its limit after {commits} commits, then without the limit", flush=True)


def main():
    if len(sys.argv) > 2:
        mounted("300k", lambda point: write_through(point, "disk_full", lambda: subprocess.run(["mount", "-o", "remount,size=64m", point], check=True)))
        return
    with folder() as place:
        injected(place)
        limited_file(place)
    done = on_tmpfs("full")
    assert done.returncode == 0, done.stdout + done.stderr
    print(f"ok   a tmpfs that fills up: {done.stdout.strip()}", flush=True)


main()
