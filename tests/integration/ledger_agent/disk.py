"""An agent whose disk fills up, fails to sync, becomes read-only, refuses to be written, and comes back (T-D12 to T-D15).

Telemetry goes on, totals stand still, the ledger says that it is not well; afterwards every total is right again and
the ledger verifies. Needs root for a small file system of its own; without it the test is skipped."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

from site_of_ledger import TOTAL, Site, comes_back, stands_still_and_lives, wait_for_health

from support import Programs, wait_for

SKIPPED = 77


def mount(*arguments):
    return subprocess.run(["mount", *arguments], capture_output=True, text=True).returncode == 0


@contextlib.contextmanager
def failing(programs, pid, call, error):
    """All calls of one kind of the process fail: what a disk that breaks under an open file answers."""
    tracer = programs.start("strace", "strace", "-f", "-p", pid, "-e", f"trace={call}", "-e",
                            f"inject={call}:error={error}", "-o", "/dev/null")
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(timeout=10)
        programs.running.remove(("strace", tracer))


@contextlib.contextmanager
def read_only(folder):
    """The folder is read-only for whoever opens something in it. The system remounts no file system on which a file is open
    for writing, as the ledger always is, so that a read-only mount of the same files is laid over it."""
    assert mount("--bind", folder, folder) and mount("-o", "remount,bind,ro", folder)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def main():
    with Programs() as programs:
        disk = os.path.join(programs.path, "disk")
        os.mkdir(disk)
        if not mount("-t", "tmpfs", "-o", "size=512k", "tmpfs", disk):
            print("no right to mount a file system")
            sys.exit(SKIPPED)
        try:
            run(programs, disk)
        finally:
            for _, process in programs.running:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    process.wait(timeout=15)
            subprocess.run(["umount", "-l", disk], check=False)


def run(programs, disk):
    site = Site(programs, ledger=os.path.join(disk, "ledger.db"))
    before = site.registers()
    site.start()
    site.ready()
    wait_for("totals", lambda: site.metrics().get(TOTAL, 0) > 0, 20)
    begun = site.registers()

    filler = os.path.join(disk, "filler")
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(descriptor, b"x" * 1024)
    except OSError:
        os.close(descriptor)
    wait_for_health(site, 0)
    still = stands_still_and_lives(site, "a full disk")
    os.remove(filler)
    comes_back(site, still, "a disk with room again")

    with read_only(disk):
        wait_for_health(site, 0)
        still = stands_still_and_lives(site, "a disk that was made read-only")
        assert "Read-only file system" in programs.log("agent"), "the log does not say why"
    comes_back(site, still, "a disk that can be written again")

    for call, error in (("fdatasync,fsync", "EIO"), ("pwrite64", "EROFS")):
        with failing(programs, site.agent.pid, call, error):
            wait_for_health(site, 0)
            still = stands_still_and_lives(site, f"a disk that answers {call} with {error}")
        comes_back(site, still, "a disk that works again")

    site.agent.send_signal(signal.SIGTERM)
    assert site.agent.wait(timeout=15) == 0
    copy = shutil.copy(site.ledger, os.path.join(programs.path, "copy.db"))
    site.ledger = copy
    accounts = {name: (measured, register) for name, measured, register in
                site.query("SELECT name, measured, register_value FROM account WHERE register_value IS NOT NULL")}
    for meter, reading in before.items():
        measured, register = accounts[meter]
        assert register - begun[meter] - 1 <= measured <= register - reading + 1, (meter, measured, register, reading)
    kinds = dict(site.query("SELECT kind, count(*) FROM event GROUP BY kind"))
    assert kinds["ledger-error"] == 4, kinds
    print(f"ok   {len(before)} accounts hold what their registers moved; {kinds['ledger-error']} failures are told")


if __name__ == "__main__":
    main()
