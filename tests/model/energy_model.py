"""The energy account of one meter, written a second time, in exact fractions and without looking at the first.

    energy_model.py [TRACE]          prints the rows of a trace, from a file or standard input

It was written from what docs/energy.md promises. Where that leaves a choice, it is made here, so that two programs can
agree:

- A difference `d` of two register readings is believed up to E_max = 1.2 * max_power * dt + resolution
  + max_power * 15 min: some meters renew their register four times an hour, whenever it is asked.
- The first reading starts the count and is no energy. A reading that is not later than the last one is passed over.
- 0 <= d <= E_max from the base (the last reading that was believed): energy, the reading becomes the base.
- -resolution <= d < 0: no change; the base keeps the higher value and gets the new time. The same of what is held.
- d < -resolution and a known modulus: w = d + modulus; w <= E_max is a rollover and energy.
- Everything else is held, as a jump (d > E_max) or a fall. At most two readings are held; while any is:
  - a reading that fits the base (-resolution <= d <= E_max, without rollover) drops what is held as a glitch and counts
    from the base;
  - one that goes on plausibly from the last held (-resolution <= e <= E_max of their distance in time) is the next of
    them, and the third in all confirms them. The first held reading then begins a new epoch: a jump means that the
    meter was replaced, a fall that it was reset. Energy from held to held is measured. Energy between the base and the
    first held is not known to the register; what the device's own power says about it is substituted energy;
  - one that does neither drops what is held and is held itself, as the first.
- A difference over more than max_gap is one row of its own, [time of the base, time of the reading), measured and
  flagged. All other energy is split evenly by time at the quarters of an hour (UTC).
- Power is integrated by trapezoid between two readings not more than max_gap apart, split evenly by time likewise.
  With a register it is used only for the substitution: the mean power between the last reading of it that is not later
  than the base and the last that is not later than the first held, times the time between base and first held, spread
  evenly. There is none unless these are two readings, each within max_gap of its register's, with no longer gap between
  them, and power was integrated before the base at all.
- The factor multiplies all energy. Rows have whole joules: of each kind the sum of all rows so far is the sum of the
  energy so far, rounded down.
- Rows that fit into one quarter of an hour are one; they reach from the first energy in it to the last. A span without
  energy has no row.

The trace is lines of text. A header of names and numbers, then readings in order of time, in nanoseconds:

    modulus M resolution R max_power W factor F has_register 0|1 max_gap S
    T_NS p WATTS
    T_NS r JOULES RAW

where `modulus` is the joules at which the register starts again (0: not known), `resolution` the joules of one count,
`max_gap` is in seconds, and JOULES = RAW * resolution. Rows are printed as

    start_ms length_ms measured integrated substituted covered_ms quality

with `quality` the bits of agent/ledger/record.h. The same as JSON lines: an object with the header's names, then
{"t": T_NS, "kind": "power"|"register", "value": V}.
"""

import json
import sys
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

PARTIAL, GAP_FILLED, RESET, ROLLOVER, REPLACED, ESTIMATED = 1, 2, 4, 8, 16, 32

MS = 1_000_000
QUARTER = 15 * 60 * 1000 * MS  # all times here are whole nanoseconds
RENEWAL_S = 15 * 60
MEASURED, INTEGRATED, SUBSTITUTED = range(3)


@dataclass
class Settings:
    modulus: Fraction = Fraction(0)
    resolution: Fraction = Fraction(1)
    max_power: Fraction = Fraction(10**10)
    factor: Fraction = Fraction(1)
    has_register: bool = True
    max_gap: Fraction = Fraction(300)


@dataclass
class Reading:
    t: int
    value: Fraction


@dataclass
class Piece:
    """Energy that passed evenly from `start` to `end`."""
    start: int
    end: int
    kind: int
    energy: Fraction
    quality: int = 0
    whole: bool = False  # over a gap: never split


@dataclass
class Row:
    start: int
    end: int
    energy: list = field(default_factory=lambda: [0, 0, 0])
    covered: int = 0
    quality: int = 0

    def text(self):
        numbers = [self.start // MS, (self.end - self.start) // MS, *self.energy, self.covered // MS, self.quality]
        return " ".join(str(number) for number in numbers)


def seconds(nanoseconds):
    return Fraction(nanoseconds, 10**9)


class Meter:
    """Takes readings in order of time; `pieces` is what they say."""

    def __init__(self, settings):
        self.settings = settings
        self.pieces = []
        self.power = []
        self.base = None
        self.held = []
        self.held_as_jump = False
        self.resets = 0
        self.rollovers = 0
        self.replacements = 0

    # Power.

    def take_power(self, reading):
        if self.power and reading.t <= self.power[-1].t:
            return
        if self.power and not self.settings.has_register:
            before = self.power[-1]
            if self.bridged(before, reading):
                self.pieces.append(Piece(before.t, reading.t, INTEGRATED, self.trapezoid(before, reading)))
        self.power.append(reading)

    def bridged(self, before, after):
        return seconds(after.t - before.t) <= self.settings.max_gap

    @staticmethod
    def trapezoid(before, after):
        return (before.value + after.value) / 2 * seconds(after.t - before.t)

    def substitute(self, start, end, quality):
        """What the device's power says about the time from `start` to `end`."""
        before = [i for i, reading in enumerate(self.power) if reading.t <= start]
        until = [i for i, reading in enumerate(self.power) if reading.t <= end]
        if not before or until[-1] == before[-1]:
            return
        steps = list(zip(self.power[before[-1]:until[-1]], self.power[before[-1] + 1:until[-1] + 1]))
        first, last = self.power[before[-1]], self.power[until[-1]]
        near = self.bridged(first, Reading(start, Fraction(0))) and self.bridged(last, Reading(end, Fraction(0)))
        integrated = any(self.bridged(a, b) for a, b in zip(self.power[:before[-1]], self.power[1:before[-1] + 1]))
        if not near or not integrated or not all(self.bridged(a, b) for a, b in steps):
            return
        mean = sum(self.trapezoid(a, b) for a, b in steps) / seconds(last.t - first.t)
        self.pieces.append(Piece(start, end, SUBSTITUTED, mean * seconds(end - start), quality | ESTIMATED))

    # The register.

    def e_max(self, elapsed):
        one = self.settings
        return Fraction(12, 10) * one.max_power * seconds(elapsed) + one.resolution + one.max_power * RENEWAL_S

    def believed(self, before, after):
        difference = after.value - before.value
        return -self.settings.resolution <= difference <= self.e_max(after.t - before.t)

    def take_register(self, reading):
        if self.base is None:
            self.base = reading
            return
        last = self.held[-1] if self.held else self.base
        if reading.t <= last.t:
            return
        if self.believed(self.base, reading):
            self.held = []
            self.base = self.count(self.base, reading)
        elif self.held:
            self.go_on_from_held(reading)
        elif not self.roll_over(reading):
            self.hold(reading)

    def roll_over(self, reading):
        difference = reading.value - self.base.value
        if difference >= 0 or self.settings.modulus == 0:
            return False
        wrapped = difference + self.settings.modulus
        if not 0 <= wrapped <= self.e_max(reading.t - self.base.t):
            return False
        self.rollovers += 1
        self.measured(self.base.t, reading.t, wrapped, ROLLOVER)
        self.base = reading
        return True

    def hold(self, reading):
        self.held = [reading]
        self.held_as_jump = reading.value > self.base.value

    def go_on_from_held(self, reading):
        if not self.believed(self.held[-1], reading):
            self.hold(reading)
            return
        self.held.append(Reading(reading.t, max(reading.value, self.held[-1].value)))
        if len(self.held) == 3:
            self.begin_epoch()

    def begin_epoch(self):
        first = self.held[0]
        if self.held_as_jump:
            self.replacements += 1
            quality = REPLACED
        else:
            self.resets += 1
            quality = RESET
        self.substitute(self.base.t, first.t, quality)
        self.base = first
        for reading in self.held[1:]:
            self.base = self.count(self.base, reading, quality)
        self.held = []

    def count(self, before, after, quality=0):
        """Counts from one reading to the next. Returns the new base."""
        value = max(before.value, after.value)
        self.measured(before.t, after.t, value - before.value, quality)
        return Reading(after.t, value)

    def measured(self, start, end, energy, quality):
        over_gap = seconds(end - start) > self.settings.max_gap
        self.pieces.append(Piece(start, end, MEASURED, energy, quality | (GAP_FILLED if over_gap else 0), over_gap))


def split(piece):
    """The piece cut at each quarter of an hour."""
    if piece.whole:
        yield piece
        return
    start = piece.start
    while start < piece.end:
        end = min(piece.end, start - start % QUARTER + QUARTER)
        share = Fraction(end - start, piece.end - piece.start)
        yield Piece(start, end, piece.kind, piece.energy * share, piece.quality)
        start = end


def rows_of(pieces, factor):
    """Rows with whole joules, the rest of each carried to the next."""
    rows = []
    sums = [Fraction(0)] * 3
    given = [0] * 3
    quarter = None
    for piece in (part for whole in pieces for part in split(whole)):
        own = None if piece.whole else piece.start // QUARTER
        if own is None or own != quarter:
            rows.append(Row(piece.start, piece.end))
        quarter = own
        row = rows[-1]
        sums[piece.kind] += piece.energy * factor
        whole = floor(sums[piece.kind]) - given[piece.kind]
        given[piece.kind] += whole
        row.energy[piece.kind] += whole
        row.end = piece.end
        row.covered += piece.end - piece.start
        row.quality |= piece.quality
    for row in rows:
        if row.covered < row.end - row.start:
            row.quality |= PARTIAL
    return rows


def run(settings, readings):
    """The meter after (nanoseconds, "p" or "r", value) of all readings, and its rows."""
    meter = Meter(settings)
    for t, kind, value in readings:
        if kind == "p":
            meter.take_power(Reading(t, Fraction(value)))
        elif settings.has_register:
            meter.take_register(Reading(t, Fraction(value)))
    return meter, rows_of(meter.pieces, settings.factor)


def settings_from(names):
    known = set(Settings.__dataclass_fields__)
    unknown = set(names) - known
    if unknown:
        raise ValueError(f"unknown in the header: {', '.join(sorted(unknown))}")
    made = Settings()
    for name, value in names.items():
        setattr(made, name, bool(int(value)) if name == "has_register" else Fraction(str(value)))
    return made


def parse(lines):
    """Settings and readings of a trace in either form."""
    lines = [line.strip() for line in lines if line.strip()]
    if not lines:
        raise ValueError("an empty trace")
    if lines[0].startswith("{"):
        objects = [json.loads(line, parse_float=Fraction) for line in lines]
        readings = [(one["t"], one["kind"][0], Fraction(one["value"])) for one in objects[1:]]
        return settings_from(objects[0]), readings
    words = lines[0].split()
    readings = []
    for line in lines[1:]:
        t, kind, value = line.split()[:3]
        readings.append((int(t), kind, Fraction(value)))
    return settings_from(dict(zip(words[::2], words[1::2]))), readings


def main(arguments):
    if len(arguments) == 2:
        with open(arguments[1], encoding="utf-8") as file:
            settings, readings = parse(file)
    else:
        settings, readings = parse(sys.stdin)
    for row in run(settings, readings)[1]:
        print(row.text())


if __name__ == "__main__":
    main(sys.argv)
