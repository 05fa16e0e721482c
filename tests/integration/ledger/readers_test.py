"""Readers while the agent writes: a thousand copies taken through SQLite's own backup, each of them whole; the writer
loses nothing and says so when it had to wait."""

import os
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from ledgers import TOOL, first_verifier, folder, second, second_verifier

COPIES = 1000


def copy(path, target):
    """As `sqlite3 LEDGER ".backup COPY"` does."""
    for name in (target, target + "-journal"):
        if os.path.exists(name):
            os.remove(name)
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20) as source, sqlite3.connect(target) as kept:
        source.backup(kept)
    kept.close()
    source.close()


def is_whole(path):
    """The last batch of a copy, checked by its hash, its seal and its chain; all of it every fiftieth time."""
    database = second.open_ledger(path)
    try:
        verifier = second.Verifier(second.Ledger(database), None, [])
        for stage in (verifier.schema, verifier.names_and_keys, verifier.all_configurations, verifier.all_checkpoints,
                      verifier.all_batches, verifier.leftovers, verifier.accounts):
            stage()
        assert not verifier.findings.as_list(), verifier.findings.as_list()
        return verifier.tree.size
    finally:
        database.close()


def main():
    begin = time.monotonic()
    with folder() as place:
        path, target = os.path.join(place, "ledger"), os.path.join(place, "copy")
        subprocess.run([TOOL, "write", path, path + ".key", "3"], check=True, capture_output=True, timeout=20)
        writer = subprocess.Popen([TOOL, "write", path, path + ".key", "1000000"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True, env={**os.environ, "LEDGER_TOOL_PAUSE_MS": "5"})
        acked, sizes = 0, []
        try:
            for number in range(COPIES):
                if number % 4 == 0:
                    acked = int(writer.stdout.readline().split()[1])
                copy(path, target)
                if number % 10 == 0:
                    sizes.append(is_whole(target))
                if number % 100 == 0:
                    assert first_verifier(target)[0] == 0 and second_verifier(target)[0] == 0
            assert writer.poll() is None
        finally:
            writer.kill()
            writer.communicate()
        assert sizes == sorted(sizes) and sizes[-1] > sizes[0]
        print(f"ok   {COPIES} copies while it wrote {sizes[-1]} batches, {len(sizes)} of them checked in full; at least "
              f"{acked} commits acknowledged; {time.monotonic() - begin:.0f} s")


main()
