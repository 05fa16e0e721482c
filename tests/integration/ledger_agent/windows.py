"""The long windows in /metrics are the figures of the report: an agent is started on a ledger into which a year was
imported. Both are held against what the year was made of, and against a computation straight from the tables."""

import datetime
import json
import os
import random
import re
import signal
import sys
import zoneinfo

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "report"))
import recompute
from support import Programs, free_port, http, output_of, wait_for

AGENT = os.path.join(os.path.abspath(sys.argv[1]), "pue-agent")
DAYS = 370
QUARTER, HOUR, DAY = 900, 3600, 86400
QUARTERS = DAYS * 96

SITE = """
[facility]
name = "imported"
timezone = "{zone}"
[ledger]
path = "ledger.db"
commit_interval = "1s"
[[meter]]
name = "utility-a"
role = "grid"
class = "0.5S"
[[meter]]
name = "utility-b"
role = "grid"
class = "0.5S"
[[meter]]
name = "ups-a"
role = "it.ups"
class = "0.5"
[[meter]]
name = "ups-b"
role = "it.ups"
class = "0.5"
"""


def zone_at_midnight(now):
    """A zone in which it is between midnight and one, so that the last full hour ends a day."""
    return f"Etc/GMT+{now.hour}" if now.hour <= 12 else f"Etc/GMT-{24 - now.hour}"


def csv(programs, name, column, start, step, values):
    lines = [f"time,meter,{column}"]
    for n, (meter, value) in values:
        time = datetime.datetime.fromtimestamp(start + n * step, datetime.timezone.utc)
        lines.append(f"{time:%Y-%m-%dT%H:%M:%SZ},{meter},{value}")
    return programs.write(name, "\n".join(lines) + "\n")


class Year:
    """What was imported: energies in Wh of each quarter-hour, by meter; nothing where it is not known."""

    def __init__(self, programs, start):
        chance = random.Random(30134)
        self.start = start
        a = [chance.randrange(200_000, 260_000) for _ in range(QUARTERS)]
        b = [4 * chance.randrange(50_000, 60_000) for _ in range(QUARTERS // 4)]
        power = [chance.randrange(700_000, 720_000) for _ in range(QUARTERS + 1)]
        ups = [chance.randrange(50_000, 60_000) for _ in range(QUARTERS)]
        silent = range(200 * 96 + 5, 200 * 96 + 45)     # a register that nobody read for ten hours
        missing = range(300 * 96, 303 * 96)             # three days without any value
        estimated = range(350 * 96, 351 * 96)           # a day of another system's estimates
        register, readings = 10_000_000, [(0, 10_000_000)]
        for n, energy in enumerate(a):
            register += energy
            if n + 1 not in silent:
                readings.append((n + 1, register))
        self.files = [
            (csv(programs, "a.csv", "register_kwh", start, QUARTER, ((n, ("utility-a", wh / 1000)) for n, wh in readings)), []),
            (csv(programs, "b.csv", "energy_kwh", start, HOUR, ((n, ("utility-b", wh / 1000)) for n, wh in enumerate(b))),
             ["--interval", "1h"]),
            (csv(programs, "p.csv", "power_kw", start, QUARTER, ((n, ("ups-a", w / 1000)) for n, w in enumerate(power))), []),
            (csv(programs, "u.csv", "energy_kwh", start, QUARTER,
                 ((n, ("ups-b", wh / 1000)) for n, wh in enumerate(ups) if n < estimated.start and n not in missing)), []),
            (csv(programs, "e.csv", "energy_kwh", start, QUARTER,
                 ((n, ("ups-b", ups[n] / 1000)) for n in estimated)), ["--estimated"]),
            (csv(programs, "v.csv", "energy_kwh", start, QUARTER,
                 ((n, ("ups-b", wh / 1000)) for n, wh in enumerate(ups) if n >= estimated.stop)), []),
        ]
        # One difference from the last reading before to the first one after, evenly by time.
        unread = range(silent.start - 1, silent.stop)
        mean = sum(a[n] for n in unread) / len(unread)
        self.total = [(mean if n in unread else a[n]) + b[n // 4] / 4 for n in range(QUARTERS)]
        self.it = [(power[n] + power[n + 1]) / 8 + ups[n] if n not in missing else None for n in range(QUARTERS)]
        self.estimated = [ups[n] if n in estimated else 0 for n in range(QUARTERS)]

    def figures(self, begin, end):
        """PUE, coverage and estimated share over [begin, end), which lies on the quarter-hour."""
        slots = range((begin - self.start) // QUARTER, (end - self.start) // QUARTER)
        counted = [n for n in slots if n >= 0 and self.it[n] is not None]
        it = sum(self.it[n] for n in counted)
        return (sum(self.total[n] for n in counted) / it, len(counted) / len(slots),
                sum(self.estimated[n] for n in counted) / it)


def near(a, b, relative, what):
    assert a is not None and b is not None and abs(a - b) <= relative * max(abs(a), abs(b)), f"{what}: {a} and {b}"


def main():
    now = datetime.datetime.now(datetime.timezone.utc)
    zone = zone_at_midnight(now)
    end = int(now.timestamp()) // HOUR * HOUR
    today = datetime.datetime.fromtimestamp(end, zoneinfo.ZoneInfo(zone))
    assert today.hour == 0, today
    with Programs() as programs:
        config = programs.write("site.toml", SITE.format(zone=zone))
        year = Year(programs, end - DAYS * DAY)
        for path, options in year.files:
            output_of(AGENT, "import", "--config.file", config, *options, path, timeout=120)
        ledger = os.path.join(programs.path, "ledger.db")
        port = free_port()
        agent = programs.start("agent", AGENT, "run", "--config.file", config, "--web.listen-address", f"127.0.0.1:{port}")

        def metrics():
            pattern = re.compile(r'^(pue_\w+_ratio|pue_ratio)\{[^}]*measured_at="ups",window="(\w+)"[^}]*\} (\S+)$', re.M)
            return {(m[1], m[2]): float(m[3]) for m in pattern.finditer(http(f"http://127.0.0.1:{port}/metrics")[1])}

        wait_for("the year's figure and a first tick", lambda: {("pue_ratio", "365d"), ("pue_coverage_ratio", "1d")} <=
                 metrics().keys(), 120)
        seen = metrics()
        last = today - datetime.timedelta(days=1)  # the windows' last day
        # A day, in memory, begins with the ledger's quarter-hours; it is that of now, not of the last full hour.
        until = int(datetime.datetime.now(datetime.timezone.utc).timestamp())
        # Meters that have no device are never live, so that the ratio itself is withheld.
        _, covered, _ = year.figures((until - DAY) // QUARTER * QUARTER + QUARTER, end)
        near(seen["pue_coverage_ratio", "1d"], covered * (end - until + DAY) / DAY, 0.02, "1d: coverage")
        print(f"ok   1d: {seen['pue_coverage_ratio', '1d']:.3f} of the day before now is covered")
        first = {"365d": today - datetime.timedelta(days=365), "30d": today - datetime.timedelta(days=30),
                 "year": last.replace(month=1, day=1), "month": last.replace(day=1)}
        tables = recompute.Ledger(ledger, int(min(first.values()).timestamp()) * 1000, end * 1000)
        for window, begin in first.items():
            report = json.loads(output_of(AGENT, "report", "--config.file", config, "--format", "json",
                                          "--from", begin.date(), "--to", today.date(), timeout=120))
            [figure] = [one for one in report["pue"] if one["category"] == 1]
            pue, coverage = seen["pue_ratio", window], seen["pue_coverage_ratio", window]
            share = seen["pue_estimated_energy_ratio", window]
            near(pue, figure["value"], 1e-12, f"{window}: PUE in /metrics and in the report")
            near(coverage, figure["coverage"], 1e-12, f"{window}: coverage in /metrics and in the report")
            near(share, figure["estimated_share"], 1e-12, f"{window}: estimated share in /metrics and in the report")
            # Weights of the meters are those of all that the agent read at its start, 370 days.
            near(pue * seen["pue_uncertainty_ratio", window], figure["uncertainty"], 1e-2, f"{window}: uncertainty")
            value, covered, _, _, estimated, _ = tables.pue(1, int(begin.timestamp()) * 1000, end * 1000)
            near(pue, value, 1e-9, f"{window}: PUE and the tables")
            near(coverage, covered, 1e-12, f"{window}: coverage and the tables")
            near(share, estimated, 1e-9, f"{window}: estimated share and the tables")
            value, covered, estimated = year.figures(int(begin.timestamp()), end)
            near(pue, value, 1e-7, f"{window}: PUE and what was imported")
            near(coverage, covered, 1e-12, f"{window}: coverage and what was imported")
            near(share, estimated, 1e-6, f"{window}: estimated share and what was imported")
            print(f"ok   {window}: {pue:.9f} over {coverage:.4f} of {(end - int(begin.timestamp())) // DAY} days")
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(timeout=15) == 0
        output_of(AGENT, "verify", "--config.file", config, timeout=120)


if __name__ == "__main__":
    main()
