"""A period's figures straight from the tables of a ledger, by the rules of docs/report.md and nothing of the agent.

Slow and plain on purpose: a dictionary for each quarter-hour, fractions instead of floating point where sums are made.
"""

import datetime
import fractions
import sqlite3
import zoneinfo

QUARTER = 15 * 60 * 1000
TOLERANCE = 2000


def midnight(date, zone):
    day = datetime.datetime.fromisoformat(date).replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return int(day.timestamp()) * 1000


def month_starts(first, last, zone):
    """The instants at which months begin, from `first` to `last`, both dates that begin one."""
    day = datetime.date.fromisoformat(first)
    end = datetime.date.fromisoformat(last)
    while day <= end:
        yield midnight(day.isoformat(), zone)
        day = (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)


class Ledger:
    def __init__(self, path, start, end):
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.start, self.end = start, end
        self.meters = {row[0]: row[1:] for row in database.execute(
            "SELECT id, configuration, name, role, total_sign, it_category FROM meter")}
        self.boundary = {}
        for configuration, name, role, sign, category in self.meters.values():
            self.boundary.setdefault(configuration, set()).add((name, role, sign, category))
        self.covered = {}   # (slot, name) -> ms
        self.energy = {}    # (slot, name) -> [whole, substituted, integrated]
        self.found = {}     # slot -> boundaries of its rows
        self.recorded = {}  # name -> whole
        for row in database.execute("SELECT meter, start, length, measured, integrated, substituted, covered FROM energy"):
            self.add(*row)
        database.close()

    def add(self, meter, start, length, measured, integrated, substituted, covered):
        configuration, name = self.meters[meter][:2]
        slot = start // QUARTER * QUARTER
        while slot < start + length:
            begin, end = max(slot, start), min(slot + QUARTER, start + length)
            if self.start <= slot < self.end:
                part = fractions.Fraction(end - begin, length)
                key = (slot, name)
                self.covered[key] = self.covered.get(key, 0) + covered * part
                sums = self.energy.setdefault(key, [0, 0, 0])
                sums[0] += (measured + integrated + substituted) * part
                sums[1] += substituted * part
                sums[2] += integrated * part
                self.recorded[name] = self.recorded.get(name, 0) + (measured + integrated + substituted) * part
                self.found.setdefault(slot, set()).add(frozenset(self.boundary[configuration]))
            slot += QUARTER

    def is_covered(self, slot, name):
        return self.covered.get((slot, name), 0) >= QUARTER - TOLERANCE

    def pue(self, category, start, end):
        """(value, coverage, total kWh, IT kWh, estimated share, longest gap in hours) over [start, end)."""
        total, it, counted, gap, longest = 0, 0, 0, 0, 0
        estimated = [0, 0]
        for slot in range(start, end, QUARTER):
            boundaries = self.found.get(slot, set())
            meters = next(iter(boundaries)) if len(boundaries) == 1 else set()
            sources = [(name, sign) for name, _, sign, _ in meters if sign != 0]
            loads = [name for name, _, _, of in meters if of == category]
            good = bool(sources) and bool(loads) and all(
                self.is_covered(slot, name) for name in [name for name, _ in sources] + loads)
            if not good:
                gap += 1
                longest = max(longest, gap)
                continue
            gap = 0
            counted += 1
            total += sum(sign * self.energy[(slot, name)][0] for name, sign in sources)
            it += sum(self.energy[(slot, name)][0] for name in loads)
            estimated[0] += sum(self.energy[(slot, name)][1] for name, _ in sources)
            estimated[1] += sum(self.energy[(slot, name)][1] for name in loads)
        slots = (end - start) // QUARTER
        kwh = 3_600_000
        return (float(total / it) if it > 0 else None, counted / slots, float(total) / kwh, float(it) / kwh,
                max(float(estimated[0] / total) if total else 0.0, float(estimated[1] / it) if it else 0.0), longest / 4)
