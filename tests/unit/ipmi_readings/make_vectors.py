#!/usr/bin/env python3
"""Writes readings_vectors.inc: sensor records and readings, computed from the formulas of IPMI 2.0 (36.3, table 43-1).

Nothing here knows the decoder: a sensor is described by its numbers, packed bit by bit into a record, and its value
computed with Python's fractions and mathematics.
Run: ./make_vectors.py > readings_vectors.inc
"""
import math
import random
from fractions import Fraction

FORMATS = ["unsigned_", "ones_complement", "twos_complement"]
CURVES = {
    0: lambda x: x, 1: math.log, 2: math.log10, 3: math.log2, 4: math.exp, 5: lambda x: 10.0**x, 6: lambda x: 2.0**x,
    7: lambda x: 1 / x, 8: lambda x: x**2, 9: lambda x: x**3, 10: math.sqrt,
    11: lambda x: math.copysign(abs(x) ** (1 / 3), x),
}


def number(raw, form):
    if form == "unsigned_" or raw < 0x80:
        return raw
    return raw - 256 if form == "twos_complement" else raw - 255


def value(m, b, k1, k2, curve, form, raw):
    line = (Fraction(m) * number(raw, form) + Fraction(b) * Fraction(10) ** k1) * Fraction(10) ** k2
    try:
        result = CURVES[curve](float(line))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def record(m, b, k1, k2, curve, form):
    units = FORMATS.index(form) << 6
    body = [0x20, 0x00, 0x42, 10, 0x81, 0x7F, 0x68, 0x09, 0x01] + [0] * 6
    body += [units, 6, 0, curve, m & 0xFF, (m & 0x3FF) >> 8 << 6 | 0x3F, b & 0xFF, (b & 0x3FF) >> 8 << 6 | 0x2A, 0x01,
             (k2 & 0xF) << 4 | (k1 & 0xF)]
    body += [0] * 17 + [0xC3] + list(b"PS1")
    return [0x34, 0x12, 0x51, 0x01, len(body)] + body


def row(m, b, k1, k2, curve, form, raw):
    data = record(m, b, k1, k2, curve, form)
    bytes_ = ", ".join(f"0x{byte:02X}" for byte in data)
    result = value(m, b, k1, k2, curve, form, raw)
    print(f"    {{{{{bytes_}}}, {raw}, {'std::nullopt' if result is None else float(result).hex()}}},")


random.seed(3)
for form in FORMATS:
    for raw in (0, 1, 127, 128, 200, 254, 255):
        row(1, 0, 0, 0, 0, form, raw)
        row(-512, 511, -8, 7, 0, form, raw)
        row(511, -512, 7, -8, 0, form, raw)
for curve in CURVES:
    for raw in (0, 1, 10, 100, 128, 255):
        row(3, -7, 0, -1, curve, "twos_complement", raw)
        row(2, 5, 1, -2, curve, "unsigned_", raw)
for _ in range(120):
    row(random.randint(-512, 511), random.randint(-512, 511), random.randint(-8, 7), random.randint(-8, 7),
        random.choice(list(CURVES)), random.choice(FORMATS), random.randint(0, 255))
