"""The agent's energy accounts against the independent model, over random traces, to the joule.

    differential.py BUILD [FIRST_SEED [COUNT]]

Each trace goes through BUILD/tests/energy_trace and through tests/model/energy_model.py. Of each quarter of an hour, and
of each row over a gap, covered time and the sums of energy of each kind up to its end have to agree; a joule of
difference is allowed in a sum, since the agent counts in floating point what the model counts in fractions. Rows over a
gap must be the same rows. What the agent has not closed at the end of a trace is compared in its totals. What happened
to the register (reset, rollover, replaced) by the agent's rows must have happened by the model's.
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "model")]
sys.dont_write_bytecode = True

import energy_model as model  # noqa: E402
import traces  # noqa: E402

HAPPENED = model.RESET | model.ROLLOVER | model.REPLACED
QUARTER_MS = 15 * 60 * 1000


def rows_from(text):
    """The rows, and the totals where a line says them."""
    rows, totals = [], None
    for line in text.splitlines():
        words = line.split()
        if words[0] == "total":
            totals = tuple(map(int, words[1:]))
        elif words[0] != "open":
            start, length, measured, integrated, substituted, covered, quality = map(int, words)
            rows.append((start, length, (measured, integrated, substituted), covered, quality))
    return rows, totals


def spans(rows):
    """Of each quarter of an hour with energy or covered time, and of each row over a gap: its sums up to the end."""
    found = {}
    for start, length, energy, covered, quality in rows:
        over_gap = quality & model.GAP_FILLED
        key = (start, start + length, "gap") if over_gap else (start // QUARTER_MS * QUARTER_MS, 0, "quarter")
        own, time = found.get(key, ((0, 0, 0), 0))
        found[key] = (tuple(a + b for a, b in zip(own, energy)), time + covered)
    sums = (0, 0, 0)
    result = {}
    for key in sorted(found):
        energy, covered = found[key]
        sums = tuple(a + b for a, b in zip(sums, energy))
        if covered or any(energy):
            result[key] = (sums, covered)
    return result


def difference(ours, totals, theirs):
    """What differs first, or nothing. What the agent has not closed yet is in its totals alone."""
    a, b = spans(ours), spans(theirs)
    closed = max((start + length for start, length, *_ in ours), default=0)
    for key in sorted(set(a) | set(b)):
        if key not in a and key[2] == "quarter" and key[0] + QUARTER_MS > closed:
            break
        if key not in a or key not in b:
            return f"{key}: {'only the model' if key not in a else 'only the agent'} has it: {a.get(key, b.get(key))}"
        if a[key][1] != b[key][1] or any(abs(x - y) > 1 for x, y in zip(a[key][0], b[key][0])):
            return f"{key}: agent {a[key]}, model {b[key]}"
    sums = tuple(sum(row[2][kind] for row in theirs) for kind in range(3))
    if any(abs(x - y) > 1 for x, y in zip(totals, sums)):
        return f"totals: agent {totals}, model {sums}"
    happened = [0, 0]
    for i, rows in enumerate((ours, theirs)):
        for row in rows:
            happened[i] |= row[4] & HAPPENED
    return None if happened[0] & happened[1] == happened[0] else f"quality: agent {happened[0]}, model {happened[1]}"


def main(arguments):
    tool = pathlib.Path(arguments[1]) / "tests" / "energy_trace"
    first, count = (int(arguments[i]) if len(arguments) > i else default for i, default in ((2, 1), (3, 1500)))
    bad = 0
    readings = rows = 0
    for seed in range(first, first + count):
        text = traces.trace(seed).text()
        run = subprocess.run([tool], input=text, capture_output=True, text=True, timeout=30, check=False)
        if run.returncode != 0:
            print(f"BAD seed {seed}: energy_trace left with {run.returncode}: {run.stderr.strip()}")
            return 1
        settings, parsed = model.parse(text.splitlines())
        theirs, _ = rows_from("\n".join(row.text() for row in model.run(settings, parsed)[1]))
        why = difference(*rows_from(run.stdout), theirs)
        readings += len(parsed)
        rows += len(theirs)
        if why:
            bad += 1
            print(f"BAD seed {seed} ({text.splitlines()[0]}): {why}")
            if bad == 10:
                break
    print(f"{count} traces, {readings} readings, {rows} rows: {bad} differ")
    if rows < count:
        print("BAD the traces hold hardly any energy")
        return 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
