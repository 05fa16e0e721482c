"""An agent on a machine whose clocks pass 2^31 and 2^32 milliseconds, 24.8 and 49.7 days after it was booted, while it runs
(T-T5): polls and commits go on in time. Needs root and time namespaces; without them the test is skipped."""

import os
import signal
import subprocess
import sys
import time

from site_of_ledger import AGENT, TOTAL, Site

from support import Programs, output_of, wait_for

SKIPPED = 77
BEFORE = 11  # seconds from the start of the agent to the wrap
WATCHED = 16
WRAPS = {"2^31 ms": 2**31 / 1000, "2^32 ms": 2**32 / 1000}
POLLS = 'pue_device_polls_total{device="utility-a"}'


def in_namespace(seconds):
    """A command before the agent's, so that both of its clocks begin at `seconds`."""
    offsets = {name: int(seconds - time.clock_gettime(clock)) for name, clock in
               (("--monotonic", time.CLOCK_MONOTONIC), ("--boottime", time.CLOCK_BOOTTIME))}
    return ["unshare", "-T", *(f"{name}={offset}" for name, offset in offsets.items()), "--fork", "--kill-child=TERM"]


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return int(file.read().split()[0])


def watch(site, wraps_at):
    """Looks once a second: each two bring polls, each four a commit, and as many polls come after the wrap as before."""
    begin, seen, wrapped = time.monotonic(), [], 0
    while time.monotonic() - begin < WATCHED:
        samples = site.metrics()
        seen.append((samples[POLLS], samples["pue_agent_ledger_commits_total"], samples[TOTAL]))
        assert samples["pue_agent_ledger_healthy"] == 1
        wrapped += time.monotonic() < wraps_at
        time.sleep(max(0.0, begin + len(seen) - time.monotonic()))
    for number, (before, after) in enumerate(zip(seen, seen[2:])):
        assert after[0] > before[0], f"no poll in two seconds, {number} s after the first look: {seen}"
    for number, (before, after) in enumerate(zip(seen, seen[4:])):
        assert after[1] > before[1] and after[2] > before[2], f"no commit in four seconds, {number} s on: {seen}"
    assert 4 < wrapped < len(seen) - 4, f"the clock wrapped after {wrapped} of {len(seen)} looks"
    rates = [(part[-1][0] - part[0][0]) / (len(part) - 1) for part in (seen[:wrapped], seen[wrapped:])]
    assert 0.7 < rates[1] / rates[0] < 1.4, f"{rates[0]:.2f} polls a second before the wrap, {rates[1]:.2f} after it"
    return rates


def crossing(name, wrap):
    with Programs() as programs:
        site = Site(programs)
        command = in_namespace(wrap - BEFORE)
        wraps_at = time.monotonic() + BEFORE
        site.agent = programs.start("agent", *command, AGENT, "run", "--config.file", site.config, "--web.listen-address",
                                    f"127.0.0.1:{site.port}")
        try:
            site.ready()
            wait_for("totals", lambda: site.metrics().get(TOTAL, 0) > 0, 20)
            rates = watch(site, wraps_at)
        finally:
            os.kill(child_of(site.agent.pid), signal.SIGTERM)  # unshare itself only waits
        assert site.agent.wait(timeout=15) == 0, "the agent did not leave well"
        output_of(AGENT, "verify", "--ledger", site.ledger)
        times = [row[0] / 1000 for row in site.query("SELECT boottime FROM batch ORDER BY seq")]
        assert times[0] < wrap < times[-1], f"the clock did not pass {name}: {times}"
        readings = [row[0] / 1000 for row in site.query("SELECT reading_boottime FROM account WHERE register_value IS NOT NULL")]
        assert min(readings) > wrap, readings
        assert not site.query("SELECT * FROM event WHERE kind IN ('clock-step', 'suspend', 'gap')")
        print(f"ok   {name} after the boot: {rates[0]:.2f} polls a second before and {rates[1]:.2f} after, commits go on, the ledger verifies")


def main():
    done = subprocess.run([*in_namespace(max(WRAPS.values())), "true"], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"no time namespace: {done.stderr.strip()}")
        sys.exit(SKIPPED)
    for name, wrap in WRAPS.items():
        crossing(name, wrap)


if __name__ == "__main__":
    main()
