#!/usr/bin/python3
"""Checks a pue-agent ledger without pue-agent.

    pue-ledger-verify LEDGER [--public-key FILE] [--checkpoints FILE]... [--output table|json]

Written from docs/ledger.md alone, with Python's standard library and the openssl command, so that nobody has to believe
the agent about its own records. Exit codes: 0 good, 1 cannot be read, 2 usage, 3 findings.
"""

import argparse
import base64
import binascii
import concurrent.futures
import functools
import hashlib
import json
import os
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile

FORMAT = "1"
# SHA-256 over type, name and definition of every table and view of format 1, in the order of their names.
SCHEMA = "0a1b47afe3be51b18c52988cba301bdc5c5b67e904388537239236d4b5cb4c6c"
KINDS = ("energy", "detail", "event", "configuration", "import")
LONGEST_UNSEALED_MS = 90 * 60 * 1000
MOST_BYTES = 1 << 20
ED25519_PREFIX = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo up to the key itself
INT64 = range(-2 ** 63, 2 ** 63)


class CannotRead(Exception):
    """The ledger is out of reach: no verdict."""


class Damaged(Exception):
    """What is read is not what a ledger holds."""


# ---------------------------------------------------------------------------------------------------------- findings

class Findings:
    """The first finding of each kind, in the order found, and how many there were."""

    def __init__(self):
        self.first = {}

    def add(self, kind, what, batch=0, row=0, meter=""):
        known = self.first.get(kind)
        if known:
            known["count"] += 1
        else:
            self.first[kind] = {"kind": kind, "batch": batch, "row": row, "meter": meter, "what": what, "count": 1}

    def as_list(self):
        return list(self.first.values())


# ------------------------------------------------------------------------------------------------------- small things

def is_plain(text):
    """UTF-8 (already, or it would not be text) without control characters."""
    return not any(ord(character) < 0x20 or ord(character) == 0x7F for character in text)


def is_key_name(name):
    return bool(name) and is_plain(name) and " " not in name and "+" not in name


def strict_base64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return None
    return data if base64.b64encode(data).decode() == text else None


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """RFC 6962, kept as the roots of its perfect subtrees: [(height, root), ...], largest first."""

    def __init__(self):
        self.size = 0
        self.peaks = []

    def append(self, leaf):
        self.size += 1
        height = 0
        while self.peaks and self.peaks[-1][0] == height:
            leaf = node(self.peaks.pop()[1], leaf)
            height += 1
        self.peaks.append((height, leaf))

    def root(self):
        if not self.peaks:
            return hashlib.sha256().digest()
        result = self.peaks[-1][1]
        for _, peak in reversed(self.peaks[:-1]):
            result = node(peak, result)
        return result


def double_bits(value):
    return "-" if value is None else struct.pack(">d", value).hex()


# --------------------------------------------------------------------------------------------------- keys and notes

class Key:
    def __init__(self, name, public):
        self.name = name
        self.public = public
        self.id = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]

    def vkey(self):
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([1]) + self.public).decode()}"

    def __eq__(self, other):
        return self.name == other.name and self.public == other.public

    @staticmethod
    def parse(text):
        parts = text.split("+", 2)
        if len(parts) != 3 or not is_key_name(parts[0]):
            return None
        data = strict_base64(parts[2])
        if data is None or len(data) != 33 or data[0] != 1:
            return None
        key = Key(parts[0], data[1:])
        return key if key.vkey() == text else None


@functools.cache
def openssl_verifies(public, message, signature):
    if len(signature) != 64:
        return False
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, data in (("key", ED25519_PREFIX + public), ("message", message), ("signature", signature)):
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as file:
                file.write(data)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths["key"],
                               "-rawin", "-in", paths["message"], "-sigfile", paths["signature"]],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return done.returncode == 0


class Note:
    def __init__(self, text, signatures):
        self.text = text
        self.signatures = signatures  # [(name, id, bytes)]

    @staticmethod
    def parse(text):
        """From str; None unless it is a note to the last character."""
        cut = text.rfind("\n\n")
        if cut < 0 or not text.endswith("\n"):
            return None
        signatures = []
        for line in text[cut + 2:].split("\n")[:-1]:
            match = re.fullmatch("\N{EM DASH} ([^ ]*) (.*)", line, re.DOTALL)
            data = strict_base64(match.group(2)) if match and is_key_name(match.group(1)) else None
            if data is None or len(data) < 5:
                return None
            signatures.append((match.group(1), data[:4], data[4:]))
        return Note(text[:cut + 1], signatures) if signatures else None

    def is_signed_by(self, key):
        return any(name == key.name and identity == key.id
                   and openssl_verifies(key.public, self.text.encode(), signature)
                   for name, identity, signature in self.signatures)

    def checkpoint(self):
        """(origin, size, root, whether there are no further lines), or None."""
        lines = self.text.split("\n")
        if len(lines) < 4 or not is_key_name(lines[0]) or not re.fullmatch("0|[1-9][0-9]{0,19}", lines[1]):
            return None
        size, root = int(lines[1]), strict_base64(lines[2])
        if size >= 2 ** 64 or root is None or len(root) != 32:
            return None
        return lines[0], size, root, len(lines) == 4


def split_notes(data):
    """Notes of a file, each followed by an empty line; an incomplete one at the end is left out."""
    notes, begin = [], 0
    while True:
        text_end = data.find(b"\n\n", begin)
        end = data.find(b"\n\n", text_end + 2) if text_end >= 0 else -1
        if end < 0:
            return notes
        notes.append(data[begin:end + 1])
        begin = end + 2


def note_of_bytes(data):
    try:
        return Note.parse(data.decode())
    except UnicodeDecodeError:
        return None


# ------------------------------------------------------------------------------------------------------- the database

def open_ledger(path):
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise CannotRead(f"{path}: {error.strerror}") from error
    quoted = os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    database = sqlite3.connect(f"file:{quoted}?mode=ro", uri=True, timeout=10, isolation_level=None,
                               check_same_thread=False)
    database.text_factory = bytes
    try:
        database.execute("PRAGMA trusted_schema=OFF")
        database.execute("PRAGMA cell_size_check=ON")
        database.execute("PRAGMA mmap_size=0")
        if hasattr(database, "setlimit"):
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        raise CannotRead(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        # SQLite quotes a damaged definition in its message, and Python cannot read that as text.
        raise sqlite3.DatabaseError("malformed database schema") from error
    return database


def typed(values, kinds):
    """Values as the format has them: i integer, t text, b blob of 32 bytes, r real; capitals may be NULL.

    None unless all of them are."""
    out = []
    for value, kind in zip(values, kinds):
        if value is None and kind.isupper():
            out.append(None)
            continue
        kind = kind.lower()
        if kind == "i" and isinstance(value, int):
            out.append(value)
        elif kind == "r" and isinstance(value, float):
            out.append(value)
        elif kind == "t" and isinstance(value, bytes):
            out.append(value)
        elif kind == "b" and isinstance(value, bytes) and len(value) == 32:
            out.append(value)
        else:
            return None
    return out


class Ledger:
    """The tables of a ledger, with every column read by the type that it has in the file."""

    def __init__(self, database):
        self.database = database

    def rows(self, sql, *parameters):
        return self.database.execute(sql, parameters)

    def number(self, sql):
        value = self.rows(sql).fetchone()[0]
        return 0 if value is None else value

    def typed_rows(self, table, columns, kinds, tail):
        """Values of each row by their types, or None for a malformed one. Text and blob look alike to Python once
        text is taken as bytes, so SQLite is asked for the type."""
        strings = [name for name, kind in zip(columns, kinds) if kind in "tbTB"]
        asked = ", ".join(list(columns) + [f"typeof({name})" for name in strings])
        wanted = [b"text" if kind in "tT" else b"blob" for kind in kinds if kind in "tbTB"]
        cursor = self.rows(f"SELECT {asked} FROM {table} {tail}")
        count = len(columns)
        for row in cursor:
            values = typed(row[:count], kinds) if list(row[count:]) == wanted else None
            yield row[0], decoded(values, kinds) if values is not None else None


def decoded(values, kinds):
    """Texts as str. What is no UTF-8 stays bytes: it is hashed as it stands and found to be no text."""
    out = []
    for value, kind in zip(values, kinds):
        if kind in "tT" and value is not None:
            try:
                value = value.decode()
            except UnicodeDecodeError:
                pass
        out.append(value)
    return out


def raw(value):
    return value if isinstance(value, bytes) else str(value).encode()


def line(*fields):
    return b"\t".join(raw(field) for field in fields) + b"\n"


BATCH = ("seq", "kind", "time", "boot", "boottime", "configuration", "first_row", "rows", "events", "from_time",
         "to_time", "hash")
IMPORTED, CORRECTED = 1 << 9, 1 << 10  # bits of a row's quality
ROW = ("row", "meter", "start", "length", "measured", "integrated", "substituted", "covered", "quality", "reading")
CONFIGURATION = ("id", "batch", "sha256", "agent_version", "facility", "region", "timezone", "grid_zone", "standard",
                 "method", "design_it_watts", "grid_factor", "grid_factor_year", "grid_factor_source")
METER = ("id", "configuration", "name", "device", "role", "unit", "point", "energy_point", "share", "ct_ratio",
         "conversion", "accuracy_class", "ct_class", "serial", "calibrated_until", "zone", "service", "upstream",
         "profile", "total_sign", "it_category")
ACCOUNT = ("name", "measured", "integrated", "substituted", "measured_rest", "integrated_rest", "substituted_rest",
           "recorded_measured", "recorded_integrated", "recorded_substituted", "open_since", "open_covered",
           "open_quality", "register_value", "highest_power", "power", "reading_time", "reading_boottime", "boot_id",
           "resets", "rollovers", "serial")


def plain(value):
    return isinstance(value, str) and is_plain(value)


# --------------------------------------------------------------------------------------------------------- the checks

class Verifier:
    def __init__(self, ledger, trusted, witnesses):
        self.ledger = ledger
        self.trusted = trusted      # bytes of a public key, or None
        self.witnesses = witnesses  # [(name, data, is_own)]
        self.findings = Findings()
        self.origin = ""
        self.keys = []              # [(from_batch, Key)]
        self.configurations = {}
        self.meters = {}            # id -> (name, configuration)
        self.sums = {}              # id -> [measured, integrated, substituted]
        self.checkpoints = {}       # size -> (time, note) or None
        self.places = {}            # size -> (time, root)
        self.tree = Tree()
        self.head = bytes(32)
        self.count = {"energy": 0, "detail": 0, "event": 0, "configuration": 0, "cut": 0, "witnessed": 0}
        self.last_seq = 0

    def run(self):
        if not self.guarded(self.schema):
            return
        for stage in (self.names_and_keys, self.all_configurations, self.all_checkpoints, self.all_batches,
                      self.leftovers, self.accounts, self.pages):
            self.guarded(stage)
        self.checkpoints_fit()
        self.witnesses_fit()

    def guarded(self, stage):
        try:
            stage()
            return True
        except Damaged as error:
            self.findings.add("file", str(error))
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error) or "disk I/O" in str(error):
                raise CannotRead(str(error)) from error
            self.findings.add("file", str(error))
        except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
            self.findings.add("file", str(error))
        return False

    # -- what the file is

    def schema(self):
        digest = hashlib.sha256()
        objects = [row for row in self.ledger.rows("SELECT type, name, sql FROM sqlite_schema")
                   if not (row[2] is None and row[0] == b"index" and row[1].startswith(b"sqlite_autoindex_"))]
        if not objects:
            raise Damaged("the file is a database, but no ledger")
        if any(not isinstance(value, bytes) for row in objects for value in row):
            raise Damaged("an object without a name or definition")
        if b"about" not in {name for _, name, _ in objects}:
            raise Damaged("the file is a database, but no ledger")
        self.format()
        for kind, name, sql in sorted(objects, key=lambda row: row[1]):
            digest.update(kind + b"\t" + name + b"\t" + sql + b"\n")
        if digest.hexdigest() != SCHEMA:
            raise Damaged("its tables and views are not those of a ledger")

    def format(self):
        row = self.ledger.rows("SELECT value FROM about WHERE key = 'format' LIMIT 1").fetchone()
        try:
            number = int(row[0].decode()) if row and isinstance(row[0], bytes) and re.fullmatch(b"[0-9]+", row[0]) else None
        except ValueError:
            number = None
        if number is None:
            raise Damaged("the file is a database, but no ledger")
        if number > int(FORMAT):
            raise CannotRead(f"the ledger has format {number}, this verifier knows {FORMAT}")

    def about(self, key):
        for _, values in self.ledger.typed_rows("about", ("key", "value"), "tt", f"WHERE key = '{key}'"):
            return values[1] if values and isinstance(values[1], str) else None
        return None

    def names_and_keys(self):
        origin = self.about("origin")
        if (self.ledger.number("SELECT count(*) FROM about") != 3 or self.about("format") != FORMAT
                or origin is None or not is_key_name(origin)):
            self.findings.add("about", "the table 'about' does not name format, origin and key, and these alone")
        self.origin = origin or ""
        key = Key.parse(self.about("vkey") or "")
        if key is None:
            raise Damaged("it names no key that signed it")
        keys = [(0, key)]
        for batch, values in self.ledger.typed_rows("event", ("batch", "detail"), "it",
                                                    "WHERE kind = 'key-rotation' ORDER BY batch, n"):
            detail = parse_object(values[1]) if values else {}
            old, new = (Key.parse(detail.get(name)) if isinstance(detail.get(name), str) else None
                        for name in ("old", "new"))
            if not isinstance(batch, int) or not old or not new or old != keys[-1][1] or new.name != key.name:
                raise Damaged(f"the key-rotation event of batch {batch} does not go on from the key before it")
            keys.append((batch, new))
        self.keys = keys
        if key.name != self.origin:
            self.findings.add("about", "the ledger has another name than its key")
        if self.trusted is not None and all(term.public != self.trusted for _, term in keys):
            self.findings.add("key", "the ledger was signed with other keys than the public key given")

    def all_configurations(self):
        kinds = "ii" + "t" * 12
        for identity, values in self.ledger.typed_rows("configuration", CONFIGURATION, kinds, "ORDER BY id"):
            if values is None:
                raise Damaged(f"configuration {identity} is malformed")
            self.configurations[identity] = (values, [])
        kinds = "ii" + "t" * 17 + "ii"
        meters = []
        for identity, values in self.ledger.typed_rows("meter", METER, kinds, "ORDER BY id"):
            fits = (values is not None and values[1] in self.configurations
                    and all(-2 ** 31 <= number < 2 ** 31 for number in values[-2:]))
            if not fits:
                raise Damaged(f"meter {identity} is malformed")
            self.configurations[values[1]][1].append(values)
            meters.append(values)
        expected = 0
        for identity in sorted(self.configurations):
            configuration, members = self.configurations[identity]
            for values in members:
                expected += 1
                if values[0] != expected:
                    self.findings.add("configuration", "meters are not numbered in order", configuration[1], 0,
                                      shown(values[2]))
                    return
                self.meters[expected] = (values[2], identity)
                self.sums[expected] = [0, 0, 0]

    def all_checkpoints(self):
        for size, values in self.ledger.typed_rows("checkpoint", ("size", "time", "note"), "iit", "ORDER BY size"):
            self.checkpoints[size] = (values[1], values[2]) if values else None
            self.places[size] = None
        for _, data, _ in self.witnesses:
            for note in filter(None, map(note_of_bytes, split_notes(data))):
                if checkpoint := note.checkpoint():
                    self.places[checkpoint[1]] = None

    # -- batches

    def all_batches(self):
        cuts = self.announced_cuts()
        self.through = cuts[-1]["through"] if cuts else 0
        self.cuts, self.cut_number = cuts, 0
        self.cut_hash, self.cut_rows = hashlib.sha256(b"pue-agent cut 1\n"), 0
        self.rows_of = {"energy": iter(self.row_stream("energy")), "detail": iter(self.row_stream("detail"))}
        self.next_row = {"energy": 1, "detail": 1}
        self.waiting = {"energy": None, "detail": None}
        self.event_stream = iter(self.ledger.typed_rows(
            "event", ("batch", "n", "time", "kind", "subject", "detail"), "iiittt", "ORDER BY batch, n"))
        self.waiting_event = None
        self.in_force, self.hour = 0, None
        expected = 1
        for seq, values in self.ledger.typed_rows("batch", BATCH, "ititiiiiiiib", "ORDER BY seq"):
            if seq != expected:
                self.findings.add("sequence", f"batch {expected} is missing", expected)
            if values is None:
                self.findings.add("record", f"batch {seq} is malformed", seq)
                self.tree.append(bytes(32))
            else:
                self.batch(dict(zip(BATCH, values)))
            self.last_seq = seq
            expected = seq + 1
        if self.cut_number < len(cuts):
            self.findings.add("retention", "a cut is announced of batches that there are not",
                              cuts[self.cut_number]["batch"])

    def announced_cuts(self):
        cuts = []
        for batch, values in self.ledger.typed_rows("event", ("batch", "detail"), "it",
                                                    "WHERE kind = 'retention-cut' ORDER BY batch, n"):
            detail = parse_object(values[1]) if values else {}
            numbers = [detail.get(name) for name in ("after", "through", "rows")]
            if (not isinstance(batch, int) or not isinstance(detail.get("digest"), str)
                    or any(type(number) is not int or number not in INT64 for number in numbers)):
                raise Damaged(f"a retention-cut event of batch {batch} does not say what was cut")
            cuts.append({"batch": batch, "after": numbers[0], "through": numbers[1], "rows": numbers[2],
                         "digest": detail["digest"]})
        return cuts

    def row_stream(self, table):
        return self.ledger.typed_rows(table, ROW, "iiiiiiiiiI", "ORDER BY row")

    def batch(self, b):
        seq, kind = b["seq"], b["kind"]
        if kind not in KINDS or not plain(b["boot"]):
            self.findings.add("record", f"batch {seq} is of no known kind or boot", seq)
        leaf = hashlib.sha256(b"\x00pue-agent ledger 1\n")
        leaf.update(line("batch", seq, kind, b["time"], b["boot"], b["boottime"], b["configuration"]))
        leaf.update(line("previous", self.head.hex()))
        self.configuration_of(b, leaf)
        table = "detail" if kind == "detail" else "energy"
        first = self.next_row[table]
        hashed = True
        if b["first_row"] != first or b["rows"] < 0 or first + b["rows"] not in INT64:
            self.findings.add("bookkeeping", "the batch claims rows of another batch", seq, first)
            hashed = False
        else:
            if kind == "detail" and self.cuts and seq <= self.through:
                self.cut_batch(b)
                hashed = False
            else:
                self.rows_of_batch(b, table, leaf)
            self.next_row[table] = first + b["rows"]
        starts = self.events_of_batch(b, leaf)
        if hashed and leaf.digest() != b["hash"]:
            self.findings.add("hash", f"batch {seq} ({shown(kind)}, {b['rows']} rows from {b['first_row']}, {b['events']} "
                              "events) is not what was hashed: it, or the batch before it, was changed", seq,
                              b["first_row"] if b["rows"] > 0 else 0)
        self.head = b["hash"]
        self.tree.append(b["hash"])
        self.watch_hour(b, starts)
        if self.tree.size in self.places:
            self.places[self.tree.size] = (b["time"], self.tree.root())

    def configuration_of(self, b, leaf):
        is_new = b["kind"] == "configuration"
        self.in_force += is_new
        self.count["configuration"] = self.in_force
        if b["configuration"] != self.in_force:
            self.findings.add("configuration", "the batch names another configuration than is in force", b["seq"])
        if not is_new:
            return
        values, meters = self.configurations.get(self.in_force, (None, None))
        if values is None or values[1] != b["seq"]:
            self.findings.add("configuration", "the configuration of the batch is missing", b["seq"])
            return
        leaf.update(line("configuration", values[0], *values[2:]))
        for meter in meters:
            leaf.update(line("meter", meter[0], *meter[2:]))

    def rows_of_batch(self, b, table, leaf):
        first, end = b["first_row"], b["first_row"] + b["rows"]
        expected, least, greatest, lines = first, None, None, []
        while True:
            entry = self.waiting[table] or next(self.rows_of[table], None)
            self.waiting[table] = entry
            if entry is None or entry[0] >= end:
                break
            self.waiting[table] = None
            number, row = entry
            if number < first:
                continue  # of no batch, and counted at the end
            if number != expected:
                self.findings.add("bookkeeping", "the row is missing", b["seq"], expected)
            expected = number + 1
            self.count[table] += 1
            if (row is None or row[3] <= 0 or row[2] + row[3] not in INT64 or not 0 <= row[8] < 2 ** 32):
                self.findings.add("record", "the row is malformed", b["seq"], number)
                continue
            lines.append(line("detail" if table == "detail" else "energy", *row[1:9], "-" if row[9] is None else row[9]))
            if len(lines) == 1000:
                leaf.update(b"".join(lines))
                lines.clear()
            self.row(b, table, number, row)
            stop = row[2] + row[3]
            least = row[2] if least is None else min(least, row[2])
            greatest = stop if greatest is None else max(greatest, stop)
        leaf.update(b"".join(lines))
        if expected != end:
            self.findings.add("bookkeeping", "the row is missing", b["seq"], expected)
        elif (least or 0, greatest or 0) != (b["from_time"], b["to_time"]):
            self.findings.add("bookkeeping", "the batch's rows do not span the time that it says", b["seq"])

    def row(self, b, table, number, row):
        meter = self.meters.get(row[1])
        if meter is None or meter[1] > b["configuration"]:
            self.findings.add("record", f"the row belongs to meter {row[1]}, which is in no configuration until then",
                              b["seq"], number)
            return
        if not 0 <= row[7] <= row[3]:
            self.findings.add("record", "the row covers more than its length", b["seq"], number, shown(meter[0]))
        # What came from another system, or by hand, is none of what the agent's accounts counted.
        if table == "energy" and not row[8] & (IMPORTED | CORRECTED):
            total = self.sums[row[1]]
            for i in range(3):
                total[i] += row[4 + i]

    def events_of_batch(self, b, leaf):
        expected, starts = 0, False
        while True:
            entry = self.waiting_event or next(self.event_stream, None)
            self.waiting_event = entry
            if entry is None or (isinstance(entry[0], int) and entry[0] > b["seq"]):
                break
            self.waiting_event = None
            batch, event = entry
            if batch != b["seq"]:
                continue  # of no batch, and counted at the end
            self.count["event"] += 1
            n = event[1] if event else expected
            if n != expected:
                self.findings.add("bookkeeping", "an event of the batch is missing", b["seq"])
            expected = n + 1
            if not event or not event[3] or not all(plain(text) for text in event[3:6]):
                self.findings.add("record", "an event of the batch is malformed", b["seq"])
            if event:
                leaf.update(line("event", *event[2:6]))
                starts = starts or event[3] == "start"
        if expected != b["events"]:
            self.findings.add("bookkeeping", "the batch has another number of events than it says", b["seq"])
        return starts

    def cut_batch(self, b):
        if self.cut_number >= len(self.cuts):
            return
        cut = self.cuts[self.cut_number]
        previous = self.cuts[self.cut_number - 1]["through"] if self.cut_number else 0
        if (cut["after"] != previous or not cut["after"] < b["seq"] <= cut["through"]
                or cut["batch"] <= cut["through"]):
            self.findings.add("retention", "the cut does not go on from the one before it", cut["batch"])
            self.cut_number += 1
            return
        self.cut_hash.update(line("batch", b["seq"], b["time"], b["boot"], b["boottime"], b["configuration"],
                                  b["first_row"], b["rows"], b["from_time"], b["to_time"], b["hash"].hex()))
        self.cut_rows += b["rows"]
        self.count["cut"] += b["rows"]
        if b["seq"] < cut["through"]:
            return
        if self.cut_hash.hexdigest() != cut["digest"] or self.cut_rows != cut["rows"]:
            self.findings.add("retention", "the batches that were cut are not those that the event announces",
                              cut["batch"])
        self.cut_hash, self.cut_rows = hashlib.sha256(b"pue-agent cut 1\n"), 0
        self.cut_number += 1

    def watch_hour(self, b, starts):
        if self.hour is None or starts or b["kind"] in ("configuration", "import") or b["boot"] != self.hour[0]:
            self.hour = (b["boot"], b["boottime"])
        if b["boottime"] - self.hour[1] > LONGEST_UNSEALED_MS or b["boottime"] - self.hour[1] not in INT64:
            self.findings.add("unsealed", "for more than an hour no checkpoint was made, or it was taken away", b["seq"])
            self.hour = None
        if self.tree.size in self.checkpoints:
            self.hour = None

    def leftovers(self):
        for table in ("energy", "detail", "event", "configuration"):
            if self.ledger.number(f"SELECT count(*) FROM {table}") != self.count[table]:
                self.findings.add("bookkeeping", f"there are records in '{table}' of no batch")

    # -- accounts

    def accounts(self):
        accounts = []
        kinds = "t" + "iii" + "rrr" + "iii" + "iii" + "R" + "r" + "R" + "ii" + "t" + "ii" + "t"
        for name, values in self.ledger.typed_rows("account", ACCOUNT, kinds, "ORDER BY name"):
            if values is None or not 0 <= values[12] < 2 ** 32:
                raise Damaged(f"account '{shown(name)}' is malformed")
            accounts.append(values)
        digest = hashlib.sha256(line("pue-agent seal 1", self.origin) + line("head", self.head.hex()))
        for a in accounts:
            digest.update(line("account", *a[:4], *map(double_bits, a[4:7]), *a[7:13], double_bits(a[13]),
                               double_bits(a[14]), double_bits(a[15]), *a[16:19], a[19] % 2 ** 64, a[20] % 2 ** 64, a[21]))
        seal = next((values for _, values in self.ledger.typed_rows("seal", ("digest",), "b", "WHERE one = 1")), None)
        signature = self.ledger.rows("SELECT signature, typeof(signature) FROM seal WHERE one = 1").fetchone()
        if seal is None or signature is None or signature[1] != b"blob" or not self.keys:
            self.findings.add("seal", "the accounts have no seal")
        elif seal[0] != digest.digest():
            self.findings.add("seal", "the seal is over other accounts or another last batch than there are",
                              self.last_seq)
        elif not openssl_verifies(self.keys[-1][1].public, seal[0], signature[0]):
            self.findings.add("seal", "the seal is not signed with the ledger's key", self.last_seq)
        self.totals(accounts)

    def totals(self, accounts):
        by_name = {}
        for identity, (name, _) in self.meters.items():
            total = by_name.setdefault(name, [0, 0, 0])
            for i in range(3):
                total[i] += self.sums[identity][i]
        for a in accounts:
            if raw(a[0]).startswith(b"@"):
                continue
            if list(a[7:10]) != by_name.get(a[0], [0, 0, 0]):
                self.findings.add("totals", "its rows add up to something else than its account says", 0, 0, shown(a[0]))
            elif a[1] < a[7] or a[3] < a[9]:  # what is integrated (a[2]) may fall again: power flows both ways
                self.findings.add("totals", "its account holds less than what is recorded of it", 0, 0, shown(a[0]))

    def pages(self):
        answer = self.ledger.rows("PRAGMA quick_check(1)").fetchone()[0]
        if answer != b"ok":
            self.findings.add("file", f"its pages do not hang together: {shown(answer)}")

    # -- checkpoints

    def term_at(self, size):
        current = None
        for number, (begin, key) in enumerate(self.keys):
            if begin <= size:
                current = (number, begin, key)
        return current

    def checkpoints_fit(self):
        notes = {size: Note.parse(entry[1]) if entry and isinstance(entry[1], str) else None
                 for size, entry in self.checkpoints.items()}
        # openssl is a process for each signature: several at once.
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            signed = dict(zip(notes, pool.map(lambda item: self.signatures_fit(*item), notes.items())))
        for size, note in notes.items():
            self.checkpoint_fits(size, note, signed[size])
        for begin, _ in self.keys[1:]:
            if begin > 0 and begin not in self.checkpoints:
                self.findings.add("key", "a change of keys was not signed by both of them", begin)

    def signatures_fit(self, size, note):
        term = self.term_at(size)
        if note is None or term is None:
            return True  # said elsewhere
        number, begin, key = term
        keys = [key] if number == 0 or begin != size else [key, self.keys[number - 1][1]]
        return len(note.signatures) == len(keys) and all(note.is_signed_by(each) for each in keys)

    def checkpoint_fits(self, size, note, is_signed):
        if self.checkpoints[size] is None:
            self.findings.add("checkpoint", "the checkpoint is malformed", size)
            return
        checkpoint = note.checkpoint() if note else None
        if not checkpoint or not checkpoint[3]:
            self.findings.add("checkpoint", "the checkpoint is no signed note", size)
            return
        origin, covered, root, _ = checkpoint
        if origin != self.origin:
            self.findings.add("checkpoint", "the checkpoint is that of another ledger", size)
        if covered != size:
            self.findings.add("checkpoint", f"the checkpoint is one over {covered} batches, put to another place", size)
        if not is_signed:
            self.findings.add("signature", "the checkpoint is not signed with the key of its time", size)
        if not 1 <= size <= self.tree.size:
            self.findings.add("tail", f"a checkpoint covers {size} batches, and there are fewer", self.tree.size + 1)
            return
        time, expected = self.places[size] or (0, bytes(32))
        if self.checkpoints[size][0] != time:
            self.findings.add("checkpoint-time", "the checkpoint has another time than the batch it ends with", size)
        if root != expected:
            self.findings.add("root", f"the batches up to {size} are not those that were signed", size)

    def witnesses_fit(self):
        roots = {}
        for name, data, is_own in self.witnesses:
            previous = 0
            for text in split_notes(data):
                previous = self.witness_fits(name, is_own, note_of_bytes(text), previous, roots)

    def witness_fits(self, name, is_own, note, previous, roots):
        checkpoint = note.checkpoint() if note else None
        if not checkpoint or checkpoint[1] >= 2 ** 63:
            self.findings.add("witness", f"a text among the checkpoints kept elsewhere is none ({name})")
            return previous
        origin, size, root, _ = checkpoint
        term = self.term_at(size)
        if origin != self.origin or term is None or not note.is_signed_by(term[2]):
            self.findings.add("witness", f"a checkpoint kept elsewhere is not signed by this ledger's key ({name})", size)
            return previous
        if is_own and size <= previous:
            self.findings.add("witness-order", f"an old checkpoint stands after a newer one ({name})", size)
        if roots.setdefault(size, root) != root:
            self.findings.add("two-roots", f"two checkpoints over {size} batches have different roots: history was "
                              f"rewritten ({name})", size)
        if not 1 <= size <= self.tree.size:
            self.findings.add("witness-tail", f"a checkpoint kept elsewhere covers {size} batches, and there are fewer "
                              f"({name})", self.tree.size + 1)
        elif root != (self.places[size] or (0, bytes(32)))[1]:
            self.findings.add("witness-root", f"the batches up to {size} are not those that were signed when it was "
                              f"kept ({name})", size)
        elif size not in self.checkpoints:
            self.findings.add("witness-missing", f"a checkpoint was taken out of the ledger that is kept elsewhere ({name})",
                              size)
        else:
            self.count["witnessed"] += 1
        return size


def parse_object(text):
    """A JSON object; an empty one for anything else."""
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def shown(value):
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


# ------------------------------------------------------------------------------------------------------ the command

def verify(path, trusted=None, witnesses=()):
    """@return (exit code, the verdict as a dictionary)."""
    own = []
    if os.path.isfile(path + ".checkpoints"):
        with open(path + ".checkpoints", "rb") as file:
            own = [(path + ".checkpoints", file.read(), True)]
    try:
        database = open_ledger(path)
    except sqlite3.DatabaseError as error:
        return 3, {"ledger": path, "good": False,
                   "findings": [{"kind": "file", "batch": 0, "row": 0, "meter": "", "what": str(error), "count": 1}]}
    try:
        verifier = Verifier(Ledger(database), trusted, own + list(witnesses))
        verifier.run()
    finally:
        database.close()
    findings = verifier.findings.as_list()
    size = verifier.tree.size
    last = max(verifier.checkpoints, default=0)
    verdict = {"ledger": path, "origin": verifier.origin, "good": not findings, "findings": findings, "batches": size,
               "energy_rows": verifier.count["energy"], "detail_rows": verifier.count["detail"],
               "cut_rows": verifier.count["cut"], "events": verifier.count["event"],
               "checkpoints": len(verifier.checkpoints), "witnessed": verifier.count["witnessed"],
               "unsealed_batches": max(0, size - max(last, 0)), "head": verifier.head.hex(),
               "root": verifier.tree.root().hex(), "keys": [key.vkey() for _, key in verifier.keys],
               "key_was_given": trusted is not None}
    return (3 if findings else 0), verdict


def read_key(path):
    """The 32 bytes of a key in vkey or PEM form."""
    with open(path, encoding="utf-8") as file:
        text = file.read().rstrip("\r\n")
    if key := Key.parse(text):
        return key.public
    match = re.fullmatch(r"-----BEGIN PUBLIC KEY-----\s*([A-Za-z0-9+/=\s]*)-----END PUBLIC KEY-----", text)
    data = strict_base64("".join(match.group(1).split())) if match else None
    if data is None or len(data) != 44 or not data.startswith(ED25519_PREFIX):
        raise ValueError(f"{path} holds no vkey and no Ed25519 key in PEM form")
    return data[12:]


def as_text(verdict):
    lines = [f"{name:<17}{verdict[name]}" for name in ("ledger", "origin", "batches", "energy_rows", "events",
                                                       "checkpoints", "witnessed", "unsealed_batches", "head", "root")
             if name in verdict]
    lines += [f"{'key':<17}{key}" for key in verdict.get("keys", [])]
    if not verdict.get("key_was_given"):
        lines.append("                 believed because the ledger says so: give the key that you trust with --public-key")
    for finding in verdict["findings"]:
        where = "".join(f"{name} {finding[name]}, " for name in ("batch", "row", "meter") if finding[name])
        lines.append(f"NOT GOOD  {finding['kind']}: {where}{finding['what']} ({finding['count']} of this kind)")
    if verdict["good"]:
        lines.append("good: every record is as it was written")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description="Check a pue-agent ledger without pue-agent.")
    parser.add_argument("ledger")
    parser.add_argument("--public-key", help="file with the public key to trust, as vkey or PEM")
    parser.add_argument("--checkpoints", action="append", default=[], help="checkpoints that were kept elsewhere")
    parser.add_argument("--output", choices=("table", "json"), default="table")
    options = parser.parse_args()
    try:
        trusted = read_key(options.public_key) if options.public_key else None
    except OSError as error:
        print(f"pue-ledger-verify: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"pue-ledger-verify: {error}", file=sys.stderr)
        return 2
    try:
        witnesses = []
        for path in options.checkpoints:
            with open(path, "rb") as file:
                witnesses.append((path, file.read(), False))
            if not split_notes(witnesses[-1][1]):
                print(f"pue-ledger-verify: {path} holds no checkpoint", file=sys.stderr)
                return 2
        code, verdict = verify(options.ledger, trusted, witnesses)
    except (CannotRead, OSError) as error:
        print(f"pue-ledger-verify: {error}", file=sys.stderr)
        return 1
    print(json.dumps(verdict, indent=2) if options.output == "json" else as_text(verdict))
    return code


if __name__ == "__main__":
    sys.exit(main())
