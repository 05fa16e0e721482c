#!/usr/bin/env python3
"""Writes decoder_vectors.inc: registers as a device would send them, encoded with Python's struct and decimal digits.

Nothing here knows the decoder: each value is packed big-endian, then its bytes are laid out letter by letter as the
order's name says (ABCD..., A being the most significant byte), which is how manuals print them.
Run: ./make_vectors.py > decoder_vectors.inc
"""
import math
import struct

ORDERS_32 = ["ABCD", "CDAB", "BADC", "DCBA"]
ORDERS_64 = ["ABCDEFGH", "GHEFCDAB", "BADCFEHG", "HGFEDCBA", "CDABGHEF", "EFGHABCD"]
FORMATS = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "u64": ">Q", "s64": ">q", "f32": ">f", "f64": ">d"}
VALUES = {
    "u16": [0, 1, 0x1234, 32767, 32768, 65535],
    "s16": [0, -1, -12345, 32767, -32768],
    "u32": [0, 1, 0x12345678, 2**31, 2**32 - 1, 4294966000],
    "s32": [0, -1, 123456789, -123456789, 2**31 - 1, -2**31],
    "u64": [0, 1, 0x0102030405060708, 2**53, 2**53 + 1, 2**63, 2**64 - 1],
    "s64": [0, -1, -0x0102030405060708, 2**63 - 1, -2**63],
    "f32": [0.0, -0.0, 1.5, -230.25, 3.4028234663852886e38, 1.401298464324817e-45, -1.1754942106924411e-38],
    "f64": [0.0, -0.0, 1.5, -987654321.125, 1.7976931348623157e308, 5e-324, -2.225073858507201e-308],
}
NOT_FINITE = [math.nan, math.inf, -math.inf]


def spread(packed, order):
    """The bytes of `packed` in the order the letters name; a two-byte value knows AB alone."""
    letters = order[: len(packed)] if len(packed) > 2 else "AB"
    return bytes(packed["ABCDEFGH".index(letter)] for letter in letters)


def row(kind, order, packed, value):
    laid = spread(packed, order)
    words = ", ".join(f"0x{laid[i]:02X}{laid[i + 1]:02X}" for i in range(0, len(laid), 2))
    raw = int.from_bytes(packed, "big")
    shown = "std::nullopt" if value is None else float(value).hex()
    print(f'    {{RegisterType::{kind}, "{order}", {{{words}}}, 0x{raw:X}ULL, {shown}}},')


for kind, form in FORMATS.items():
    size = struct.calcsize(form)
    orders = {2: ["ABCD"], 4: ORDERS_32, 8: ORDERS_64}[size]
    for order in orders:
        for value in VALUES[kind]:
            row(kind, order, struct.pack(form, value), struct.unpack(form, struct.pack(form, value))[0])
        if kind in ("f32", "f64"):
            for value in NOT_FINITE:
                row(kind, order, struct.pack(form, value), None)
