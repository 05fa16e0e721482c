"""What somebody would do who wants another history: without the key, with every hash computed anew; with the key; with
old checkpoints; with keys of their own. Both verifiers name it, and what no verifier can see is tried too."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from ledgers import AGENT, TOOL, copy, first_verifier, folder, kinds, public_key, second, second_verifier, tool


def rehash(path):
    """Computes hashes, times and row ranges of all batches anew, as an intruder would."""
    with sqlite3.connect(path) as database:
        previous, first = bytes(32), {"energy": 1, "detail": 1}
        for seq, kind, time, boot, boottime, configuration in list(database.execute(
                "SELECT seq, kind, time, boot, boottime, configuration FROM batch ORDER BY seq")):
            rows = database.execute("SELECT rows, events FROM batch WHERE seq = ?", (seq,)).fetchone()
            table = "detail" if kind == "detail" else "energy"
            lines = [f"pue-agent ledger 1\nbatch\t{seq}\t{kind}\t{time}\t{boot}\t{boottime}\t{configuration}\n"
                     f"previous\t{previous.hex()}\n"]
            if kind == "configuration":
                for name, columns in (("configuration", second.CONFIGURATION), ("meter", second.METER)):
                    where = "id" if name == "configuration" else "configuration"
                    kept = ", ".join((columns[0], *columns[2:]))
                    for row in database.execute(f"SELECT {kept} FROM {name} WHERE {where} = ? ORDER BY id",
                                                (configuration,)):
                        lines.append("\t".join(map(str, (name, *row))) + "\n")
            span = list(database.execute(f"SELECT * FROM {table} WHERE row >= ? AND row < ? ORDER BY row",
                                         (first[table], first[table] + rows[0])))
            for row in span:
                lines.append("\t".join([table, *("-" if value is None else str(value) for value in row[1:])]) + "\n")
            for row in database.execute("SELECT time, kind, subject, detail FROM event WHERE batch = ? ORDER BY n", (seq,)):
                lines.append("\t".join(map(str, ("event", *row))) + "\n")
            previous = hashlib.sha256(b"\x00" + "".join(lines).encode()).digest()
            if len(span) == rows[0]:  # the rows of others were cut as announced
                database.execute("UPDATE batch SET hash = ?, from_time = ?, to_time = ? WHERE seq = ?",
                                 (previous, min((row[2] for row in span), default=0),
                                  max((row[2] + row[3] for row in span), default=0), seq))
            else:
                previous = database.execute("SELECT hash FROM batch WHERE seq = ?", (seq,)).fetchone()[0]
            first[table] += rows[0]


def expect(path, wanted, *, key=None, key_file=None, witness=None):
    """Both verifiers find these kinds and no others."""
    options, witnesses = [], []
    if key_file:
        options += ["--public-key", key_file]
    if witness:
        options += ["--checkpoints", witness]
        with open(witness, "rb") as file:
            witnesses = [(witness, file.read(), False)]
    for code, verdict in (first_verifier(path, *options), second_verifier(path, key, witnesses)):
        assert code == (3 if wanted else 0) and set(kinds(verdict)) == set(wanted), f"{wanted}: {code} {verdict}"


def pem_of(key_file, target):
    done = subprocess.run([AGENT, "ledger", "public-key", "--key-file", key_file], capture_output=True, text=True,
                          timeout=10, check=True)
    with open(target, "w", encoding="utf-8") as file:
        file.write(done.stdout)
    return target


def change(path, *statements):
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)


def main():
    with folder() as place:
        at = lambda name: os.path.join(place, name)
        assert tool("write", at("l"), at("key"), 40).returncode == 0
        pem = pem_of(at("key"), at("key.pem"))
        key = public_key(at("key"))
        trust = {"key": key, "key_file": pem}
        expect(at("l"), [], **trust)
        print("ok   a whole ledger and its public key, in PEM form as openssl reads it")

        def forged(name, *statements, also=lambda path: None):
            copy(at("l"), at(name))
            change(at(name), *statements)
            also(at(name))
            return at(name)

        path = forged("a", "UPDATE energy SET measured = measured - 1000 WHERE row = 5")
        code, verdict = first_verifier(path)
        assert verdict["findings"][0]["kind"] == "hash" and verdict["findings"][0]["batch"] == 7, verdict
        expect(path, ["hash", "totals"], **trust)
        print("ok   a value changed: the batch is named")

        path = forged("b", "UPDATE energy SET measured = measured - 1000 WHERE row = 71", also=rehash)
        expect(path, ["root", "seal", "totals", "witness-root"], **trust)
        path = forged("b2", "UPDATE energy SET measured = measured - 1000 WHERE row = 71",
                      "UPDATE account SET recorded_measured = recorded_measured - 1000 WHERE name = 'meter-0'",
                      also=rehash)
        expect(path, ["root", "seal", "witness-root"], **trust)
        print("ok   a value changed and all hashes computed anew, without the key")

        size = "(SELECT max(seq) FROM batch)"
        path = forged("c", f"DELETE FROM energy WHERE row > (SELECT first_row - 1 FROM batch WHERE seq = {size})",
                      f"DELETE FROM event WHERE batch = {size}", f"DELETE FROM batch WHERE seq = {size}")
        code, verdict = first_verifier(path)
        assert code == 3 and "seal" in kinds(verdict) and second_verifier(path)[0] == 3, verdict
        print("ok   the end cut off: seal and checkpoints tell")

        path = forged("d", "UPDATE checkpoint SET note = (SELECT note FROM checkpoint ORDER BY size LIMIT 1) WHERE size = "
                      "(SELECT max(size) FROM checkpoint)")
        expect(path, ["checkpoint", "root"], **trust)
        print("ok   an old checkpoint replayed at a later place")

        path = forged("e", "UPDATE checkpoint SET time = time - 3600000 WHERE size = (SELECT max(size) FROM checkpoint)")
        expect(path, ["checkpoint-time"], **trust)
        print("ok   a checkpoint older than its batches")

        path = forged("f", "DELETE FROM checkpoint WHERE size > 10")
        expect(path, ["unsealed", "witness-missing"], **trust)
        print("ok   hours without a checkpoint")

        path = forged("g", "UPDATE batch SET from_time = from_time + 1 WHERE seq = 3")
        expect(path, ["bookkeeping"], **trust)
        path = forged("h", "UPDATE account SET measured = measured + 1 WHERE name = 'meter-1'")
        expect(path, ["seal"], **trust)
        print("ok   times of a batch, and an account")

        # Python's sqlite3 cannot read the message in which SQLite quotes such a definition.
        path = forged("i", "PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = CAST(x'435245415445205441424c45"
                      "206576656e7428aaaaaaaaaaaa20' AS TEXT) WHERE name = 'event'")
        expect(path, ["file"], **trust)
        print("ok   a definition that is no text")

        # Somebody without the key makes a ledger that fits in itself.
        assert tool("write", at("false"), at("false.key"), 12).returncode == 0
        expect(at("false"), [])
        expect(at("false"), ["key"], **trust)
        print("ok   a ledger of another key: good by itself, found with the key one trusts")

        # Somebody with the key rewrites history from the beginning: only what was kept elsewhere tells.
        shutil.copy(at("l.checkpoints"), at("kept"))
        copy(at("l"), at("true"))
        rewrite_history(at)
        expect(at("rewritten"), [], **trust)
        expect(at("rewritten"), ["witness-root"], witness=at("kept"), **trust)
        print("ok   history rewritten by who has the key: unseen by itself, found with a checkpoint kept elsewhere")

        two = at("two")
        with open(two, "wb") as file, open(at("kept"), "rb") as kept, open(at("rewritten.kept"), "rb") as other:
            file.write(kept.read() + other.read())
        expect(at("rewritten"), ["witness-root", "two-roots"], witness=two, **trust)
        print("ok   two roots of one size")

        shorter = at("shorter")
        assert tool("write", shorter, at("key"), 4).returncode == 0
        os.remove(shorter + ".checkpoints")
        code, verdict = first_verifier(shorter, "--checkpoints", at("kept"))
        assert code == 3 and "witness-tail" in kinds(verdict), verdict
        print("ok   a ledger that was longer once")

        copy(at("true"), at("order"))
        with open(at("kept"), "rb") as kept:
            notes = second.split_notes(kept.read())
        with open(at("order.checkpoints"), "wb") as file:
            file.write(b"".join(note + b"\n" for note in notes + notes[:1]))
        expect(at("order"), ["witness-order"], **trust)
        print("ok   an old checkpoint appended after newer ones")
        rotation(at)
        locked(at)


def rewrite_history(at):
    """The same ledger from its first batch on, with other energy, by the program that has the key."""
    assert tool("write", at("rewritten"), at("key"), 45, env={**os.environ, "LEDGER_TOOL_JOULES": "900000"}).returncode == 0
    os.rename(at("rewritten.checkpoints"), at("rewritten.kept"))


def rotation(at):
    shutil.copy(at("true"), at("turned"))
    rotate = [AGENT, "ledger", "rotate-key", "--ledger", at("turned"), "--key-file", at("key"), "--new-key-file",
              at("new.key")]
    done = subprocess.run(rotate, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert os.stat(at("new.key")).st_mode & 0o777 == 0o600
    for name in ("key", "new.key"):
        expect(at("turned"), [], key=public_key(at(name)), key_file=pem_of(at(name), at(name + ".pem")))
    os.remove(at("turned.checkpoints"))
    change(at("turned"), "UPDATE event SET detail = replace(detail, '\"new\"', '\"New\"') WHERE kind = 'key-rotation'")
    assert first_verifier(at("turned"))[0] == 3 and second_verifier(at("turned"))[0] == 3
    done = subprocess.run(rotate, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "ledger" in done.stderr, done
    os.chmod(at("key"), 0o644)
    done = subprocess.run(rotate, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "chmod 600" in done.stderr, done
    os.chmod(at("key"), 0o600)
    print("ok   a change of keys: good with either, found when its event is touched; a key open to others is refused")


def locked(at):
    holder = subprocess.Popen([TOOL, "write", at("held"), at("key"), "1000000"], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline().startswith("open")
        done = tool("write", at("held"), at("key"), 1)
        assert done.returncode == 1 and f"process {holder.pid}" in done.stderr, done
        assert holder.poll() is None
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    print("ok   a second writer is refused and told the first one's process")


main()
