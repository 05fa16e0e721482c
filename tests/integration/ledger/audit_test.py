"""The worked audit of docs/auditing.md, run as it stands there: the signature by hand, the SQL and the Python, on ledgers
whose energies are known."""

import os
import re
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from ledgers import AGENT, ROOT, TOOL, first_verifier, folder

BEGIN, SLOT, SLOTS = 1767225600000, 900000, 96


def blocks(language):
    with open(os.path.join(ROOT, "docs", "auditing.md"), encoding="utf-8") as file:
        return re.findall(rf"^```{language}\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)


def by_sql(path, begins, ends):
    sql = blocks("sql")[0].replace("1767196800000, 1798732800000, 1", f"{begins}, {ends}, 1")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return database.execute(sql).fetchone()


def by_python(path, begins, ends):
    answer = subprocess.run(["/usr/bin/python3", "-c", blocks("python")[0], path, str(begins), str(ends), "1"],
                            capture_output=True, text=True, timeout=30, check=True).stdout
    return re.fullmatch(r"PUE ([\d.]+) over (\d+) of (\d+) quarter-hours, ([\d.]+) kWh over ([\d.]+) kWh\n", answer).groups()


def by_hand(place, path):
    with open(os.path.join(place, "auditor.pem"), "w", encoding="utf-8") as file:
        subprocess.run([AGENT, "ledger", "public-key", "--key-file", path + ".key"], stdout=file, check=True, timeout=10)
    script = blocks("sh")[1].replace("audit.db", path)
    done = subprocess.run(["bash", "-euc", script], cwd=place, capture_output=True, text=True, timeout=10, check=True)
    assert "Verified Successfully" in done.stdout, done
    subprocess.run(["sed", "-i", "2s/./9/", os.path.join(place, "text")], check=True)
    done = subprocess.run(["bash", "-euc", script.split("\n")[-2]], cwd=place, capture_output=True, text=True, timeout=10)
    assert done.returncode != 0, done


def by_witness(path, size):
    return subprocess.run(["/usr/bin/python3", "-c", blocks("python")[1], path, str(size)], capture_output=True, text=True,
                          timeout=10, check=False).stdout.split()


def main():
    with folder() as place:
        path = os.path.join(place, "ledger")
        # Two meters, 1,000,000 J and 1,001,000 J in each quarter-hour.
        subprocess.run([TOOL, "write", path, path + ".key", str(SLOTS)], check=True, capture_output=True, timeout=30)
        end = BEGIN + SLOTS * SLOT
        pue, coverage, total, it = by_sql(path, BEGIN, end)
        assert abs(pue - 1000 / 1001) < 1e-12 and coverage == 1.0, (pue, coverage)
        assert abs(total - SLOTS / 3.6) < 1e-9 and abs(it - SLOTS * 1.001 / 3.6) < 1e-9, (total, it)
        assert by_python(path, BEGIN, end)[:3] == (f"{1000 / 1001:.6f}", "96", "96")
        print("ok   a day, by SQL and by Python")
        by_hand(place, path)
        print("ok   a signature by hand; with another number of batches it fits no more")

        _, verdict = first_verifier(path)
        root = verdict["root"]
        assert by_witness(path, verdict["batches"]) == [root, str(int(root[:13], 16))], root
        assert by_witness(path, verdict["batches"] - 1)[0] != root and not by_witness(path, verdict["batches"] + 1)
        print("ok   the root over so many batches, as a Prometheus saw it")

        # Forged for the arithmetic alone: a meter that misses a quarter-hour, one that misses three seconds, one second.
        with sqlite3.connect(path) as database:
            database.execute("UPDATE energy SET covered = covered - 1000, measured = 5000000 WHERE row = 1")
            database.execute("UPDATE energy SET covered = covered - 3000, measured = 9000000 WHERE row = 3")
            database.execute("DELETE FROM energy WHERE row = 6")
        expected = (5_000_000 + 93 * 1_000_000) / (94 * 1_001_000)
        pue, coverage, *_ = by_sql(path, BEGIN, end)
        assert abs(pue - expected) < 1e-12 and abs(coverage - 94 / 96) < 1e-12, (pue, expected, coverage)
        assert by_python(path, BEGIN, end)[:2] == (f"{expected:.6f}", "94")
        print("ok   quarter-hours that a meter missed count on neither side")

        # A correction of the last hour: four rows are taken back, one of an hour takes their place.
        with sqlite3.connect(path) as database:
            last = f"FROM energy WHERE meter = 1 AND start >= {end - 4 * SLOT}"
            columns = "meter, start, length, measured, integrated, substituted, covered, quality"
            database.execute(f"INSERT INTO energy({columns}) SELECT meter, start, length, -measured, 0, 0, 0, 1024 {last}")
            database.execute(f"INSERT INTO energy({columns}) VALUES(1, {end - 4 * SLOT}, {4 * SLOT}, 0, 0, 4000000, 0, 1056)")
        pue, coverage, *_ = by_sql(path, BEGIN, end)
        assert abs(pue - (5_000_000 + 89 * 1_000_000) / (90 * 1_001_000)) < 1e-12, pue
        assert abs(coverage - 90 / 96) < 1e-12, coverage
        assert by_python(path, BEGIN, end)[:2] == (f"{expected:.6f}", "94")
        print("ok   a corrected hour counts by Python, and is left out by SQL")

        # A row of an hour over four quarter-hours, which the SQL leaves to the Python.
        with sqlite3.connect(path) as database:
            database.execute("DELETE FROM energy WHERE row IN (9, 11, 13)")
            database.execute(f"UPDATE energy SET length = {4 * SLOT}, covered = {4 * SLOT}, measured = 8000000 WHERE row = 15")
            database.execute(f"UPDATE energy SET start = {BEGIN + 4 * SLOT} WHERE row = 15")
        expected = (5_000_000 + 89 * 1_000_000 + 8_000_000) / (94 * 1_001_000)
        assert by_python(path, BEGIN, end)[:2] == (f"{expected:.6f}", "94"), by_python(path, BEGIN, end)
        print("ok   an hour in one row is spread over its quarter-hours")


main()
