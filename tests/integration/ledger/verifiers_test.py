"""Two verifiers written apart from each other give one verdict: on a thousand random ledgers, three in four of them
damaged by a value, a row, a byte, a truncation or a text changed at random."""

import concurrent.futures
import os
import random
import sqlite3
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from ledgers import copy, first_verifier, folder, kinds, second_verifier, tool

LEDGERS = 1000
TABLES = ("about", "batch", "energy", "detail", "event", "configuration", "meter", "checkpoint", "account", "seal")


def columns(database, table):
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def other_value(chance, value):
    if isinstance(value, int):
        return chance.choice((value + 1, value - 1, value ^ (1 << chance.randrange(63)), -value - 1, str(value) + "x",
                              2 ** 63 - 1, -2 ** 63, None, value + 0.5))
    if isinstance(value, float):
        return chance.choice((value + 1.0, value * 2 + 0.25, -value - 1.0))
    data = bytearray(value if isinstance(value, bytes) else value.encode())
    if not data:
        return "x" if isinstance(value, str) else b"x"
    where = chance.randrange(len(data))
    how = chance.randrange(3)
    if how == 0:
        data[where] ^= 1 << chance.randrange(8)
    elif how == 1:
        del data[where]
    else:
        data.insert(where, chance.choice(b"\x00\t\nA\xff"))
    if isinstance(value, bytes):
        return bytes(data)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ("cast", bytes(data))


def pick(chance, database):
    """A row of a table that has any: (table, rowid or key condition, parameters)."""
    for table in chance.sample(TABLES, len(TABLES)):
        names = columns(database, table)
        rows = list(database.execute(f"SELECT * FROM {table}"))
        if rows:
            row = chance.choice(rows)
            # The key alone: conditions on reals and blobs would be the same, only longer.
            key = {"about": ("key",), "event": ("batch", "n"), "account": ("name",)}.get(table, (names[0],))
            where = " AND ".join(f"{name} = ?" for name in key)
            return table, names, row, where, [row[names.index(name)] for name in key]
    raise RuntimeError("an empty ledger")


def change_value(chance, path):
    with sqlite3.connect(path) as database:
        table, names, row, where, key = pick(chance, database)
        column = chance.randrange(len(names))
        new = other_value(chance, row[column]) if row[column] is not None else 7
        marker = "CAST(? AS TEXT)" if isinstance(new, tuple) else "?"
        new = new[1] if isinstance(new, tuple) else new
        database.execute("PRAGMA ignore_check_constraints = 1")
        try:
            database.execute(f"UPDATE OR REPLACE {table} SET {names[column]} = {marker} WHERE {where}", [new, *key])
        except sqlite3.IntegrityError:
            return None
    return f"{table}.{names[column]} of {key}: {row[column]!r} to {new!r}"


def delete_row(chance, path):
    with sqlite3.connect(path) as database:
        table, _, _, where, key = pick(chance, database)
        database.execute(f"DELETE FROM {table} WHERE {where}", key)
    return f"deleted {key} of {table}"


def add_row(chance, path):
    with sqlite3.connect(path) as database:
        table, names, row, _, _ = pick(chance, database)
        row = list(row)
        row[0] = row[0] + 1000 if isinstance(row[0], int) else row[0] + (b"x" if isinstance(row[0], bytes) else "x")
        try:
            database.execute(f"INSERT INTO {table} VALUES({', '.join('?' * len(row))})", row)
        except sqlite3.IntegrityError:
            return None
    return f"added {row[0]} to {table}"


def swap_rows(chance, path):
    with sqlite3.connect(path) as database:
        table = chance.choice(("energy", "batch", "event", "checkpoint"))
        names = columns(database, table)
        rows = list(database.execute(f"SELECT * FROM {table}"))
        if len(rows) < 2:
            return None
        one, other = chance.sample(rows, 2)
        kept = 2 if table == "event" else 1
        for a, b in ((one, other), (other, one)):
            where = " AND ".join(f"{name} = ?" for name in names[:kept])
            sets = ", ".join(f"{name} = ?" for name in names[kept:])
            database.execute(f"UPDATE {table} SET {sets} WHERE {where}", [*b[kept:], *a[:kept]])
        if one[kept:] == other[kept:]:
            return None
    return f"swapped {one[:kept]} and {other[:kept]} of {table}"


def change_byte(chance, path):
    with open(path, "r+b") as file:
        where = chance.randrange(os.path.getsize(path))
        file.seek(where)
        byte = file.read(1)[0] ^ (1 << chance.randrange(8))
        file.seek(where)
        file.write(bytes([byte]))
    return f"a bit of byte {where}"


def truncate(chance, path):
    size = chance.randrange(os.path.getsize(path))
    os.truncate(path, size)
    return f"cut to {size} bytes"


def change_checkpoints(chance, path):
    path += ".checkpoints"
    if not os.path.exists(path) or not os.path.getsize(path):
        return None
    return "checkpoints: " + change_byte(chance, path)


def change_schema(chance, path):
    with sqlite3.connect(path) as database:
        sql = chance.choice(("DROP VIEW daily_energy", "CREATE INDEX i ON energy(meter)", "CREATE TABLE more(x)",
                             "ALTER TABLE energy ADD COLUMN more", "DROP TABLE detail",
                             "CREATE TRIGGER t AFTER INSERT ON batch BEGIN DELETE FROM energy; END",
                             "ALTER TABLE energy RENAME COLUMN measured TO measured_", "CREATE VIEW v AS SELECT 1"))
        database.execute(sql)
    return sql


# What always has to be found, whatever is hit, stands apart from what may hit a byte that means nothing.
CERTAIN = (delete_row, add_row, swap_rows, change_schema)
DAMAGES = (change_value, change_value, change_value, delete_row, add_row, swap_rows, change_byte, change_byte, change_byte,
           truncate, change_checkpoints, change_schema)


def dump(path):
    """What a reader can see of a ledger."""
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            database.text_factory = bytes
            return [[(row, [type(value) for value in row]) for row in database.execute(f"SELECT * FROM {table}")]
                    for table in TABLES]
    except sqlite3.Error as error:
        return str(error)


def judge(source, number):
    chance = random.Random(number)
    path = f"{source}.{number}"
    copy(source, path)
    damage = chance.choice(DAMAGES) if chance.randrange(4) else None
    told = damage(chance, path) if damage else None
    one, other = first_verifier(path), second_verifier(path)
    context = f"ledger {number}, damage: {told}\n{one}\n{other}"
    assert one[0] == other[0], context
    # In a file whose pages or configurations cannot be read, what else is found depends on who looked where first.
    if one[0] in (0, 3) and "file" not in kinds(one[1]) + kinds(other[1]):
        assert set(kinds(one[1])) == set(kinds(other[1])), context
        first = [verdict["findings"][0]["batch"] if verdict["findings"] else 0 for verdict in (one[1], other[1])]
        assert first[0] == first[1], context
    if told is None:
        assert one[0] == 0, context
    elif damage in CERTAIN:
        assert one[0] != 0, context
    elif one[0] == 0 and damage is not change_checkpoints:
        # A byte that means nothing may change: nobody can read anything else than before.
        assert dump(path) == dump(source), context
    for name in (path, path + ".checkpoints"):
        if os.path.exists(name):
            os.remove(name)
    return one[0], told is not None


def main():
    begin = time.monotonic()
    with folder() as place:
        made = tool("random", place, 1, LEDGERS, timeout=100)
        assert made.returncode == 0, made.stderr
        print(f"     {LEDGERS} ledgers written in {time.monotonic() - begin:.0f} s")
        sources = [os.path.join(place, f"{seed}.db") for seed in range(1, LEDGERS + 1)]
        with concurrent.futures.ProcessPoolExecutor(2) as pool:
            verdicts = list(pool.map(judge, sources, range(1, LEDGERS + 1), chunksize=10))
    damaged = [code for code, hit in verdicts if hit]
    good = [code for code, hit in verdicts if not hit]
    assert len(damaged) > LEDGERS / 2 and len(good) > LEDGERS / 5
    print(f"ok   one verdict on {LEDGERS} ledgers: {len(good)} whole, {len(damaged)} damaged, of which "
          f"{damaged.count(0)} hit nothing that anybody can read; {time.monotonic() - begin:.0f} s")


main()
