"""Ledgers that released versions wrote (tests/data/ledgers): both verifiers accept them, the report says of them what it said
then, and the agent goes on with them (T-D23). A ledger of a later format is refused by name and left as it is."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from ledgers import AGENT, ROOT, first_verifier, folder, second, second_verifier
from support import Programs, free_port, http, output_of, rows_of, wait_for

METERS = ("utility-a", "ups-a", "ups-b", "chiller")
RELEASES = os.path.join(ROOT, "tests", "data", "ledgers")
sys.path.insert(0, RELEASES)
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "report"))
import make
import recompute


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def holds(now, then, place=""):
    """All that was said then is said now; a later version may say more."""
    if isinstance(then, dict):
        for name, value in then.items():
            assert name in now, f"{place}.{name} is gone"
            holds(now[name], value, f"{place}.{name}")
    elif isinstance(then, list):
        assert len(now) == len(then), f"{place}: {len(now)} and not {len(then)}"
        for number, value in enumerate(then):
            holds(now[number], value, f"{place}[{number}]")
    elif isinstance(then, float):
        assert now is not None and abs(now - then) <= 1e-9 * max(1.0, abs(then)), f"{place}: {now} and not {then}"
    else:
        assert now == then, f"{place}: {now!r} and not {then!r}"


def taken_into(place, release):
    """A copy of a release's folder that the agent may write, with the key that signs the ledger in the end."""
    path = os.path.join(place, os.path.basename(release))
    shutil.copytree(release, path)
    make.write_key(os.path.join(path, "ledger.key"), make.KEYS[-1])
    return path


def is_good(path, key):
    ledger = os.path.join(path, "ledger.db")
    code, verdict = first_verifier(ledger, "--public-key", key)
    assert code == 0, verdict
    code, verdict = second_verifier(ledger, second.read_key(key))
    assert code == 0, verdict


def goes_on(programs, path, key):
    """The agent starts with the totals of the ledger, and appends."""
    ledger, config = os.path.join(path, "ledger.db"), os.path.join(path, "site.toml")
    before = rows_of(ledger, "SELECT * FROM batch ORDER BY seq")
    energy = rows_of(ledger, "SELECT * FROM energy ORDER BY row")
    totals = dict(rows_of(ledger, "SELECT name, measured + integrated + substituted FROM account"))
    port = free_port()
    agent = programs.start("agent", AGENT, "run", "--config.file", config, "--web.listen-address", f"127.0.0.1:{port}")

    def shown(meter):
        for line in http(f"http://127.0.0.1:{port}/metrics")[1].splitlines():
            if line.startswith("pue_meter_energy_joules_total{") and f'meter="{meter}"' in line:
                return float(line.rsplit(" ", 1)[1])
        return None

    for meter in METERS:
        wait_for(f"the total of {meter}", lambda meter=meter: shown(meter) == totals[meter], 20)
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(timeout=15) == 0, programs.log("agent")
    assert "older than the checkpoints" not in programs.log("agent")
    csv = programs.write("more.csv", "time,meter,energy_kwh\n2026-04-01T10:00:00Z,lighting,0.5\n")
    output_of(AGENT, "import", "--config.file", config, csv)
    after = rows_of(ledger, "SELECT * FROM batch ORDER BY seq")
    assert len(after) > len(before) and after[:len(before)] == before, "an old batch changed"
    assert rows_of(ledger, "SELECT * FROM energy ORDER BY row")[:len(energy)] == energy, "an old record changed"
    assert rows_of(ledger, "SELECT kind FROM event ORDER BY batch DESC, n DESC LIMIT 1") == [("import",)]
    # What was open when the release's agent stopped is closed by this one: all that was counted is recorded.
    recorded = dict(rows_of(ledger, "SELECT m.name, sum(measured + integrated + substituted) FROM energy e JOIN meter m "
                                 "ON m.id = e.meter WHERE quality & 1536 = 0 GROUP BY m.name"))
    for meter in METERS:
        assert recorded[meter] == totals[meter], f"{meter}: {recorded[meter]} J recorded of {totals[meter]}"
    is_good(path, key)
    return len(after) - len(before)


def a_release(place, release):
    key = os.path.join(release, "public-key.vkey")
    path = taken_into(place, release)
    is_good(path, key)
    with open(os.path.join(release, "figures.json"), encoding="utf-8") as file:
        then = json.load(file)
    now = make.figures(AGENT, path)
    holds(now, then)
    begin, end = (recompute.midnight(day, "Europe/Berlin") for day in make.PERIOD)
    value, coverage, total, it, _, _ = recompute.Ledger(os.path.join(path, "ledger.db"), begin, end).pue(1, begin, end)
    holds(now["report"]["pue"][0], {"value": value, "coverage": coverage, "total_kwh": total, "it_kwh": it}, "tables")
    with Programs() as programs:
        more = goes_on(programs, path, key)
    print(f"ok   {os.path.basename(release)}: good to both verifiers, the same figures, and {more} batches more", flush=True)


def of_later_format(place, release):
    """Whatever is asked for, the answer names the format, and no byte changes."""
    path = os.path.join(place, "later")
    shutil.copytree(release, path)
    make.write_key(os.path.join(path, "ledger.key"), make.KEYS[-1])
    ledger, config = os.path.join(path, "ledger.db"), os.path.join(path, "site.toml")
    with sqlite3.connect(ledger) as database:
        database.execute("UPDATE about SET value = '2' WHERE key = 'format'")
        database.execute("CREATE TABLE of_later(x)")
    database.close()
    before = {name: contents(os.path.join(path, name)) for name in os.listdir(path)}
    csv = os.path.join(place, "later.csv")
    with open(csv, "w", encoding="ascii") as file:
        file.write("time,meter,energy_kwh\n2026-04-01T10:00:00Z,lighting,0.5\n")
    configured = ["--config.file", config]
    for command in (["verify", *configured],
                    ["import", *configured, csv], ["import", *configured, "--dry-run", csv],
                    ["report", *configured, "--from", make.PERIOD[0], "--to", make.PERIOD[1]],
                    ["ledger", "rotate-key", *configured, "--new-key-file", os.path.join(place, "new.key")]):
        done = subprocess.run([AGENT, *command], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
        assert done.returncode == 1, (command, done.returncode, done.stdout, done.stderr)
        assert "format 2" in done.stderr and "later one" in done.stderr, (command, done.stderr)
    code, said = second_verifier(ledger)
    assert code == 1 and "format" in said, (code, said)
    with Programs() as programs:
        port = free_port()
        agent = programs.start("agent", AGENT, "run", *configured, "--web.listen-address", f"127.0.0.1:{port}")
        wait_for("an agent that has no ledger", lambda: "\npue_agent_ledger_healthy 0\n" in
                 http(f"http://127.0.0.1:{port}/metrics")[1])
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(timeout=15) == 0
        assert "format 2" in programs.log("agent") and "later one" in programs.log("agent"), programs.log("agent")
    after = {name: contents(os.path.join(path, name)) for name in os.listdir(path) if name != "ledger.db.lock"}
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    assert not changed, f"{changed} changed"
    print("ok   a ledger of format 2 is refused by each command, and by an agent that goes on without, and left as it is")


def main():
    begin = time.monotonic()
    releases = sorted(os.path.join(RELEASES, name) for name in os.listdir(RELEASES)
                      if os.path.exists(os.path.join(RELEASES, name, "ledger.db")))
    assert releases, "no ledger of a release"
    with folder() as place:
        for release in releases:
            a_release(place, release)
        of_later_format(place, releases[-1])
    print(f"     {time.monotonic() - begin:.0f} s")


main()
