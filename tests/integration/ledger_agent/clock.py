"""An agent whose clock is set forward an hour, back an hour, forward a day and back ten years while it runs, and one that
crosses January 2038 (T-T1, T-T4). Energy follows the boot clock; UTC is a label."""

import os
import signal
import sys
import time

from site_of_ledger import AGENT, Site

from support import Programs, output_of, wait_for

STEPS = {"an hour forward": "+3600s", "an hour back": "-3600s", "a day forward": "+86400s", "ten years back": "-3650d"}
POWER = 'pue_total_power_watts{facility="plant-modern"}'
TOTAL = 'pue_meter_energy_joules_total{facility="plant-modern",meter="utility-a",category="grid"}'


def library():
    for folder in ("x86_64-linux-gnu", "aarch64-linux-gnu"):
        path = f"/usr/lib/{folder}/faketime/libfaketime.so.1"
        if os.path.exists(path):
            return path
    sys.exit("libfaketime is not installed")


class ClockOf:
    """The clock of one program, set through a file."""

    def __init__(self, programs):
        self.path = os.path.join(programs.path, "clock")
        self.set("+0s")
        self.environment = {"LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}

    def set(self, text):
        with open(self.path + ".new", "w", encoding="ascii") as file:
            file.write(text + "\n")
        os.replace(self.path + ".new", self.path)


def rate_over(site, seconds):
    """Joules a second of a register meter, by the clock of this test."""
    begin, first = time.monotonic(), site.metrics()[TOTAL]
    time.sleep(seconds)
    return (site.metrics()[TOTAL] - first) / (time.monotonic() - begin)


def main():
    with Programs() as programs:
        clock = ClockOf(programs)
        site = Site(programs)
        before = site.registers()
        site.start(clock.environment)
        site.ready()
        wait_for("totals", lambda: site.metrics().get(TOTAL, 0) > 0, 20)
        begun = site.registers()
        steady = rate_over(site, 8)
        for name, offset in STEPS.items():
            clock.set(offset)
            rate = rate_over(site, 8)
            assert 0.7 * steady < rate < 1.3 * steady, f"{name}: {rate} J/s, {steady} before"
            assert site.metrics()[POWER] > 0, name
        clock.set("@2038-01-19 03:14:04")
        rate_over(site, 6)
        site.agent.send_signal(signal.SIGTERM)
        assert site.agent.wait(timeout=15) == 0
        output_of(AGENT, "verify", "--ledger", site.ledger)
        steps = site.query("SELECT detail FROM event WHERE kind = 'clock-step'")
        assert len(steps) == len(STEPS) + 1, steps
        times = [row[0] for row in site.query("SELECT time FROM batch ORDER BY seq")]
        assert max(times) > 2147483648000, "the ledger has no time after January 2038"
        accounts = {name: (measured, register) for name, measured, register in
                    site.query("SELECT name, measured, register_value FROM account WHERE register_value IS NOT NULL")}
        for meter, reading in before.items():
            measured, register = accounts[meter]
            assert register - begun[meter] - 1 <= measured <= register - reading + 1, (meter, measured, register)
        print(f"ok   {len(steps)} steps are told; {len(before)} accounts hold what their registers moved")


if __name__ == "__main__":
    main()
