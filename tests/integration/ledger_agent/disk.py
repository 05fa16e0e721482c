"""An agent whose disk fills up, fails to sync, refuses to be written, and comes back (T-D12 to T-D15).

Telemetry goes on, totals stand still, the ledger says that it is not well; afterwards every total is right again and
the ledger verifies. Needs root for a small file system of its own; without it the test is skipped."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

from site_of_ledger import AGENT, Site

from support import Programs, http, output_of, wait_for

TOTAL = 'pue_meter_energy_joules_total{facility="plant-modern",meter="utility-a",category="grid"}'
SKIPPED = 77


def mount(*arguments):
    return subprocess.run(["mount", *arguments], capture_output=True, text=True).returncode == 0


def wait_for_health(site, healthy):
    wait_for(f"healthy {healthy}", lambda: site.metrics()["pue_agent_ledger_healthy"] == healthy, 20)


def stands_still_and_lives(site, what):
    first = site.metrics()
    time.sleep(3)
    second = site.metrics()
    assert second[TOTAL] == first[TOTAL], f"{what}: the total moved although nothing was durable"
    assert second["pue_agent_samples_total"] > first["pue_agent_samples_total"], f"{what}: telemetry stopped"
    assert second['pue_total_power_watts{facility="plant-modern"}'] > 0, what
    assert http(site.address + "/-/healthy")[0] == 200, what
    print(f"ok   {what}: telemetry goes on, totals stand still at {second[TOTAL]:.0f} J")
    return second[TOTAL]


def comes_back(site, still, what):
    wait_for_health(site, 1)
    wait_for("the total to go on", lambda: site.metrics()[TOTAL] > still, 20)
    assert site.agent.poll() is None, "the agent died"
    output_of(AGENT, "verify", "--ledger", site.ledger)
    print(f"ok   {what}: the totals go on and the ledger verifies")


@contextlib.contextmanager
def failing(programs, pid, call, error):
    """All calls of one kind of the process fail. A file system with an open file cannot be made read-only, so the
    system's answer is put in its place."""
    tracer = programs.start("strace", "strace", "-f", "-p", pid, "-e", f"trace={call}", "-e",
                            f"inject={call}:error={error}", "-o", "/dev/null")
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(timeout=10)
        programs.running.remove(("strace", tracer))


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
    assert kinds["ledger-error"] == 3, kinds
    print(f"ok   {len(before)} accounts hold what their registers moved; {kinds['ledger-error']} failures are told")


if __name__ == "__main__":
    main()
