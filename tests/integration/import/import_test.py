"""History from another system, a replaced meter and a correction, on a real ledger: what is recorded, what is refused,
and that nothing is ever recorded by half.

    import_test.py BUILD"""

import hashlib
import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, free_block, free_port, get_json, output_of, rows_of, wait_for

BUILD = os.path.abspath(sys.argv[1])
AGENT = os.path.join(BUILD, "pue-agent")
PLANT = os.path.join(BUILD, "pue-plant")

IMPORTED, CORRECTED, ESTIMATED = 1 << 9, 1 << 10, 1 << 5
REPLACED = 1 << 4
KWH = 3_600_000

SITE = """
[facility]
name = "t"
[ledger]
path = "ledger.db"
[[meter]]
name = "utility"
role = "grid"
[[meter]]
name = "ups"
role = "it.ups"
upstream = "utility"
share = 0.5
[[meter]]
name = "water"
role = "water"
"""

V26 = "time,meter,register_kwh\n2025-03-01T08:58:00+08:00,utility,1000\n2025-03-01T09:03:00+08:00,utility,1010\n"


class Site:
    """A configuration of three meters without devices, in a folder of its own."""

    def __init__(self, programs, name="site"):
        self.folder = os.path.join(programs.path, name)
        os.mkdir(self.folder)
        self.config = self.write("site.toml", SITE)
        self.ledger = os.path.join(self.folder, "ledger.db")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run(self, *arguments, expect=0):
        """Standard output and standard error of a command of the agent."""
        command, rest = arguments[0].split(), [str(one) for one in arguments[1:]]
        done = subprocess.run([AGENT, *command, "--config.file", self.config, *rest], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout, "\n".join(line for line in done.stderr.splitlines() if not line.startswith("warning: "))

    def verify(self):
        self.run("verify")

    def query(self, sql):
        return rows_of(self.ledger, sql)

    def rows(self, meter):
        return self.query("SELECT start, length, measured, integrated, substituted, covered, quality, reading FROM energy "
                          f"JOIN meter ON meter.id = energy.meter WHERE name = '{meter}' ORDER BY row")

    def events(self, kind):
        return [(subject, json.loads(detail)) for subject, detail in
                self.query(f"SELECT subject, detail FROM event WHERE kind = '{kind}' ORDER BY batch, n")]

    def sum(self, meter):
        return sum(row[2] + row[3] + row[4] for row in self.rows(meter))


class Import(unittest.TestCase):
    def setUp(self):
        self.programs = Programs().__enter__()
        self.site = Site(self.programs)

    def tearDown(self):
        self.programs.__exit__(None, None, None)

    def test_a_dry_run_tells_what_would_come_and_leaves_nothing(self):
        out, err = self.site.run("import", "--dry-run", self.site.write("a.csv", V26))
        self.assertIn("10.000", out)
        self.assertIn("a dry run: nothing was recorded", out)
        self.assertEqual(err, "")
        self.assertEqual(sorted(os.listdir(self.site.folder)), ["a.csv", "site.toml"])

    def test_v26_rows_are_split_marked_and_told_of(self):
        path = self.site.write("a.csv", V26)
        self.site.run("import", path)
        start = 1740790680000  # date -u -d 2025-03-01T00:58:00Z +%s
        self.assertEqual(self.site.rows("utility"), [
            (start, 120_000, 4 * KWH, 0, 0, 120_000, IMPORTED, None),
            (start + 120_000, 180_000, 6 * KWH, 0, 0, 180_000, IMPORTED, 1010 * KWH),
        ])
        self.assertEqual(self.site.query("SELECT kind FROM batch"), [("configuration",), ("import",)])
        [(subject, detail)] = self.site.events("import")
        self.assertEqual(subject, path)
        self.assertEqual(detail, {"sha256": hashlib.sha256(V26.encode()).hexdigest(), "column": "register_kwh", "rows": 2,
                                  "from": start, "to": start + 300_000, "estimated": False, "uid": os.getuid()})
        self.site.verify()

    def test_the_four_columns_and_estimates(self):
        water = "time,meter,register_m3\n2025-01-01T00:00Z,water,5\n2025-01-01T00:15Z,water,5.25\n"
        energy = "time,meter,energy_kwh\n2025-01-01T00:00Z,ups,4\n2025-01-01T01:00Z,ups,8\n"
        power = "time,meter,power_kw\n2025-01-01T00:00Z,utility,4\n2025-01-01T00:10Z,utility,8\n"
        self.site.run("import", self.site.write("w.csv", water))
        self.site.run("import", "--interval", "1h", self.site.write("e.csv", energy))
        self.site.run("import", "--estimated", self.site.write("p.csv", power))
        self.assertEqual([row[2] for row in self.site.rows("water")], [250_000])
        self.assertEqual([row[2] for row in self.site.rows("ups")], 4 * [KWH // 2] + 4 * [KWH])  # its share is a half
        self.assertEqual([(row[4], row[6]) for row in self.site.rows("utility")], [(KWH, IMPORTED | ESTIMATED)])
        self.site.verify()

    def test_one_bad_row_of_two_files_leaves_nothing(self):
        bad = "time,meter,register_kwh\n2025-04-01T00:00Z,ups,5\n2025-04-01T00:15Z,upz,6\n2025-04-01T00:30Z,ups,4\n"
        good, path = self.site.write("a.csv", V26), self.site.write("b.csv", bad)
        _, err = self.site.run("import", good, path, expect=2)
        self.assertIn(f"{path}:3: no meter 'upz', did you mean 'ups'?", err)
        self.assertRegex(err, re.escape(path) + r":4: meter 'ups' .*: the register falls from 5 \(line 2\) to 4")
        self.assertIn("nothing was imported", err)
        self.assertFalse(os.path.exists(self.site.ledger))

    def test_what_the_ledger_holds_is_not_imported_again_and_what_follows_it_is(self):
        path = self.site.write("a.csv", V26)
        self.site.run("import", path)
        before = self.site.rows("utility")
        _, err = self.site.run("import", path, expect=2)
        self.assertIn("meter 'utility': the ledger holds energy of 2025-03-01T00:58:00Z to 2025-03-01T01:03:00Z already",
                      err)
        self.assertEqual(self.site.rows("utility"), before)
        more = "time,meter,register_kwh\n2025-03-01T01:03Z,utility,1010\n2025-03-01T01:15Z,utility,1013\n"
        self.site.run("import", self.site.write("b.csv", more))
        self.assertEqual(self.site.sum("utility"), 13 * KWH)
        self.site.verify()

    def test_files_that_do_not_join_what_is_recorded_are_told_of(self):
        def told(name, rows):
            path = self.site.write(name, "time,meter,register_kwh\n" + "".join(f"{time},utility,{kwh}\n" for time, kwh in rows))
            done = subprocess.run([AGENT, "import", "--config.file", self.site.config, path], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=60, check=True)
            return [line for line in done.stderr.splitlines() if "nothing is recorded from" in line]

        self.assertEqual(told("a.csv", [("2025-01-01T00:00Z", 100), ("2025-01-01T01:00Z", 110)]), [])
        self.assertEqual(told("b.csv", [("2025-01-01T01:00Z", 110), ("2025-01-01T02:00Z", 120)]), [])
        [line] = told("c.csv", [("2025-01-01T02:15Z", 125), ("2025-01-01T03:00Z", 130)])
        self.assertIn("meter 'utility': nothing is recorded from 2025-01-01T02:00:00Z to 2025-01-01T02:15:00Z", line)
        self.assertIn("in one run", line)
        self.site.verify()

    def test_killed_at_any_instant_it_has_recorded_all_or_nothing(self):
        chance = random.Random(7)
        lines = ["time,meter,power_kw"]
        for i in range(150_000):
            day, minute = divmod(i, 1440)
            month, day = divmod(day, 28)
            lines.append(f"{2023 + month // 12}-{month % 12 + 1:02}-{day + 1:02}T{minute // 60:02}:{minute % 60:02}Z,ups,10")
        path = self.site.write("a.csv", "\n".join(lines) + "\n")
        started = time.monotonic()
        self.site.run("import", path)
        whole, took = len(self.site.rows("ups")), time.monotonic() - started
        self.assertEqual(whole, 10_000)  # minutes become quarters of an hour
        seen = {0: 0, whole: 0}
        for turn in range(12):
            site = Site(self.programs, f"turn-{turn}")
            agent = subprocess.Popen([AGENT, "import", "--config.file", site.config, path], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # Writing is the last part of it.
            time.sleep(took * chance.uniform(0.3, 1.1))
            agent.kill()
            agent.wait(timeout=10)
            there = os.path.exists(site.ledger)
            # The next command opens the ledger and repairs what was cut short.
            site.run("import", site.write("b.csv", V26))
            rows = len(site.rows("ups"))
            self.assertIn(rows, seen, f"turn {turn}, ledger there: {there}")
            seen[rows] += 1
            site.verify()
        print(f"killed {sum(seen.values())} times: {seen[0]} before, {seen[whole]} after")

    def test_a_bar_is_drawn_on_a_terminal_only(self):
        path = self.site.write("a.csv", V26)
        master, slave = pty.openpty()
        try:
            subprocess.run([AGENT, "import", "--dry-run", "--config.file", self.site.config, path], timeout=30, check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave)
            self.assertIn(b"100 %", os.read(master, 65536))
        finally:
            os.close(slave)
            os.close(master)
        self.assertNotIn("%", self.site.run("import", "--dry-run", path)[1])

    def test_a_correction_takes_back_and_sets_and_is_an_event(self):
        self.site.run("import", self.site.write("a.csv", V26))
        span = ["--meter", "utility", "--from", "2025-03-01T01:00Z", "--to", "2025-03-01T01:15Z"]
        told = ["--person", "Zhang Wei", "--reason", "the display said so"]
        before = self.site.rows("utility")
        out, _ = self.site.run("meter correct", *span, *told, "--energy-kwh", "7.5", "--dry-run")
        self.assertIn("6.000 kWh in 1 record become 7.500 kWh", out)
        self.assertEqual(self.site.rows("utility"), before)
        self.site.run("meter correct", *span, *told, "--energy-kwh", "7.5")
        cut = 1740790800000
        self.assertEqual(self.site.rows("utility")[2:], [
            (cut, 180_000, -6 * KWH, 0, 0, 0, CORRECTED, None),
            (cut, 900_000, 0, 0, 27_000_000, 720_000, CORRECTED | ESTIMATED, None),
        ])
        self.assertEqual(self.site.sum("utility"), 4 * KWH + 27_000_000)
        [(subject, detail)] = self.site.events("correction")
        self.assertEqual(subject, "utility")
        self.assertEqual(detail, {"from": cut, "to": cut + 900_000, "before": 6 * KWH, "after": 27_000_000, "reversed": 1,
                                  "person": "Zhang Wei", "reason": "the display said so", "uid": os.getuid()})
        self.site.verify()

    def test_a_correction_of_the_wrong_unit_time_or_meter_is_refused(self):
        span = ["--from", "2025-03-01T01:00Z", "--to", "2025-03-01T01:15Z", "--person", "p", "--reason", "r"]
        for meter, rest, message in [
                ("water", ["--energy-kwh", "1"], "the meter counts a volume: expected --volume-m3"),
                ("utilty", ["--energy-kwh", "1"], "no meter 'utilty', did you mean 'utility'?"),
                ("ups", ["--energy-kwh", "nan"], "'nan': expected a plain number"),
                ("ups", ["--energy-kwh", "-1"], "only a source"),
                ("ups", [], "the meter counts energy: expected --energy-kwh")]:
            self.assertIn(message, self.site.run("meter correct", "--meter", meter, *span, *rest, expect=2)[1])
        self.assertFalse(os.path.exists(self.site.ledger))


class BesideTheAgent(unittest.TestCase):
    """On the ledger of an agent that reads the simulated facility."""

    def test_acts_wait_for_the_agent_to_stop_and_its_accounts_go_on_from_them(self):
        with Programs() as programs:
            site = Site(programs)
            base, truth = free_block(64), free_port()
            options = ["--base-port", base, "--rtu-link", os.path.join(programs.path, "rtu")]
            config = output_of(PLANT, *options, "--print-agent-config")
            site.config = site.write("site.toml", config + '\n[ledger]\npath = "ledger.db"\ncommit_interval = "1s"\n'
                                     '[[meter]]\nname = "old-office"\nrole = "monitor"\n')
            programs.start("plant", PLANT, *options, "--truth.listen-address", f"127.0.0.1:{truth}")
            wait_for("the plant", lambda: get_json(f"http://127.0.0.1:{truth}/"))
            account = "SELECT measured, recorded_measured, register_value, reading_time, open_since FROM account WHERE name = '{}'"

            def run_agent(name, until):
                agent = programs.start(name, AGENT, "run", "--config.file", site.config, "--web.listen-address",
                                       f"127.0.0.1:{free_port()}")
                wait_for("an account in the ledger", until)
                return agent

            def stop(agent):
                agent.send_signal(signal.SIGTERM)
                self.assertEqual(agent.wait(timeout=20), 0)

            agent = run_agent("agent", lambda: os.path.exists(site.ledger) and any(
                row[2] for row in site.query(account.format("utility-a"))))
            csv = site.write("a.csv", V26.replace("utility", "utility-a"))
            _, err = site.run("import", csv, expect=1)
            self.assertIn(f"is written by process {agent.pid}", err)
            self.assertIn("stop the agent first", err)
            replaced = ["--meter", "utility-a", "--person", "p", "--new-serial", "N-1"]
            _, err = site.run("meter replace", *replaced, "--old-reading", "1", "--new-reading", "1", "--time",
                              "2025-03-01T01:00Z", expect=1)
            self.assertIn(f"is written by process {agent.pid}", err)
            stop(agent)

            [(measured, _, register, reading_time, open_since)] = site.query(account.format("utility-a"))
            # History from before the agent, and a correction of it, touch no account.
            site.run("import", csv)
            site.run("meter correct", "--meter", "utility-a", "--from", "2025-03-01T01:00Z", "--to", "2025-03-01T02:00Z",
                     "--energy-kwh", "7", "--person", "p", "--reason", "r")
            self.assertEqual(site.query(account.format("utility-a"))[0][0], measured)
            site.verify()
            # What the agent has open is not to be brought by others.
            late = "time,meter,register_kwh\n"
            for offset, value in ((0, 1), (500, 2)):
                at = (open_since + offset) / 1000
                late += time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03}Z,utility-a,{value}\n"
            _, err = site.run("import", site.write("late.csv", late), expect=2)
            self.assertIn("the agent itself counts from", err)

            time.sleep(1.1)  # a whole second after the last reading
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            old = register / KWH + 2
            out, _ = site.run("meter replace", *replaced, "--old-reading", f"{old:.6f}", "--new-reading",
                              f"{register / KWH:.6f}", "--time", now)
            self.assertRegex(out, r"the old one counted 2\.000 kWh|the old one counted 1\.99\d kWh")
            [(after, recorded, new_register, _, _)] = site.query(account.format("utility-a"))
            self.assertEqual(after, recorded)
            self.assertAlmostEqual(after - measured, 2 * KWH, delta=10)
            self.assertAlmostEqual(new_register, register, delta=10)
            self.assertEqual(site.rows("utility-a")[-1][6] & REPLACED, REPLACED)
            [(_, detail)] = site.events("meter-replaced")
            self.assertEqual(detail["new_serial"], "N-1")
            site.verify()

            agent = run_agent("agent-again", lambda: site.query(account.format("utility-a"))[0][2] > new_register)
            time.sleep(2.5)
            stop(agent)
            [(finally_, _, last, _, _)] = site.query(account.format("utility-a"))
            # The account went on from the new meter's reading.
            self.assertAlmostEqual(finally_ - after, last - new_register, delta=10)
            site.verify()
            self.assertGreater(reading_time, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
