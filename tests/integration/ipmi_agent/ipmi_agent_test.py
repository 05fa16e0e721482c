"""The agent and its commands on BMCs: the simulated facility's servers, and ipmi_sim, which is not ours."""

import json
import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, free_block, free_port, get_json, http, output_of, wait_for
from support_ipmi import IpmiSim, UdpRelay

BUILD = os.path.abspath(sys.argv[1])
AGENT, PLANT = os.path.join(BUILD, "pue-agent"), os.path.join(BUILD, "pue-plant")
PASSWORD = "simulated-bmc"
SHARED = "node-12"  # stands in a chassis whose supplies its neighbours share


def secret(programs, name, text):
    path = programs.write(name, text + "\n")
    os.chmod(path, 0o600)
    return path


class Servers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.programs = programs = Programs()
        cls.addClassCleanup(programs.__exit__, None, None, None)
        cls.base, cls.web, cls.truth = free_block(40), free_port(), free_port()
        cls.password = os.path.join(programs.path, "bmc-password")
        options = ["--base-port", cls.base, "--rtu-link", os.path.join(programs.path, "line")]
        config = output_of(PLANT, *options, "--print-agent-config", "--bmc-password-out", cls.password)
        cls.config = programs.write("agent.toml", config)
        programs.start("plant", PLANT, *options, "--truth.listen-address", f"127.0.0.1:{cls.truth}")
        wait_for("the plant", lambda: get_json(f"http://127.0.0.1:{cls.truth}/"))
        cls.agent = programs.start("agent", AGENT, "run", "--config.file", cls.config, "--web.listen-address",
                                   f"127.0.0.1:{cls.web}")
        wait_for("every server's power", lambda: len(cls.watts()) == 12, 60)

    @classmethod
    def metrics(cls):
        return http(f"http://127.0.0.1:{cls.web}/metrics")[1]

    @classmethod
    def watts(cls):
        return {name: float(value) for name, value in re.findall(
            r'^pue_device_total_power_watts\{device="(node-\d+)",point="power_active"\} (\S+)', cls.metrics(), re.M)}

    def fault(self, query):
        self.assertEqual(http(f"http://127.0.0.1:{self.truth}/fault?{query}", data=b"", method="POST")[0], 200)

    def up(self, node):
        return f'pue_device_up{{device="{node}"}} 1' in self.metrics()

    def test_each_make_shows_the_power_that_is_true_and_says_where_it_is_from(self):
        shown, true = self.watts(), get_json(f"http://127.0.0.1:{self.truth}/")["bmcs"]
        for node, watts in shown.items():
            if node != SHARED:
                # steps of 6 W at most, and a few seconds between reading and truth
                self.assertAlmostEqual(watts, true[node]["watts"], delta=6.5, msg=node)
        sources = dict(re.findall(r'^pue_device_power_source_info\{device="(node-\d+)",source="(\w+)"', self.metrics(), re.M))
        self.assertEqual({sources[f"node-{i}"] for i in (1, 5, 6)}, {"dcmi"})
        self.assertEqual((sources["node-2"], sources["node-3"]), ("system_sensor", "psu_sum"))
        self.assertEqual(self.metrics().count(f'device="{SHARED}",source="psu_sum",shared_supply="true"'), 1)

    def test_a_rebooted_bmc_is_back_within_four_seconds_of_answering(self):
        begun, silent = time.monotonic(), 15.0
        self.fault(f"device=node-1&kind=reboot&value={silent * 1000:g}")
        wait_for("node-1 to be missed", lambda: not self.up("node-1"), silent)
        self.assertTrue(self.up("node-2"))
        wait_for("node-1 to be read again", lambda: self.up("node-1"), 30, every=0.05)
        # the metrics page is renewed four times a second
        self.assertLess(time.monotonic() - begun - silent, 4.0 + 0.5)

    def test_nothing_is_changed_anywhere(self):
        self.assertEqual(get_json(f"http://127.0.0.1:{self.truth}/")["write_attempts"], 0)

    def test_the_password_is_nowhere_but_in_its_file(self):
        status = http(f"http://127.0.0.1:{self.web}/api/v1/devices")[1]
        with open(f"/proc/{self.agent.pid}/cmdline", "rb") as cmdline, open(f"/proc/{self.agent.pid}/environ", "rb") as environ:
            process = (cmdline.read() + environ.read()).decode(errors="replace")
        for text in (self.metrics(), status, self.programs.log("agent"), process,
                     output_of(AGENT, "check", "--config.file", self.config)):
            self.assertEqual(text.count(PASSWORD), 0)

    def target(self, node):
        return f"ipmi://127.10.0.{node}:{self.base}?user=monitor&password_file={self.password}"

    def test_read_shows_every_sensor_with_its_raw_byte(self):
        document = json.loads(output_of(AGENT, "read", self.target(1), "--output", "json"))
        points = {point["name"]: point for point in document["points"]}
        self.assertEqual(points["power_active_total"]["quality"], "good")
        self.assertEqual(points["FAN1"]["value"], 80.0 * int(points["FAN1"]["raw"][0], 16))
        self.assertEqual(document["profile"], "ipmi-bmc")
        latin_1 = json.loads(output_of(AGENT, "read", self.target(7), "--output", "json"))
        self.assertIn("Zuluft °C", [point["name"] for point in latin_1["points"]])
        self.assertNotIn(PASSWORD, json.dumps(document))

    def test_read_refuses_open_files_wrong_passwords_and_passwords_in_the_target(self):
        wrong = secret(self.programs, "wrong", "not-it")
        bare = f"ipmi://127.10.0.1:{self.base}"
        output_of(AGENT, "read", f"{bare}?user=monitor&password_file={wrong}", expect=1)
        os.chmod(wrong, 0o644)
        output_of(AGENT, "read", f"{bare}?user=monitor&password_file={wrong}", expect=2)
        output_of(AGENT, "read", f"{bare}?user=monitor&password=x", expect=2)
        output_of(AGENT, "read", f"{self.target(1)}&suite=0", expect=2)

    def probe(self, config, expect):
        return json.loads(output_of(AGENT, "check", "--config.file", config, "--probe", "--output", "json",
                                    expect=expect))["probe"]

    def test_the_probe_reads_every_server_and_finds_nothing(self):
        seen = self.probe(self.programs.write("all.toml", f"""
[fleet.all]
url = "ipmi://127.10.0.{{1-12}}:{self.base}"
username = "monitor"
password_file = "bmc-password"
cipher_suites = [17, 3]
"""), 0)
        self.assertEqual(seen["findings"], [])
        self.assertEqual(seen["points"], 24)
        self.assertGreaterEqual(seen["good"], 12)  # some makes have no inlet sensor

    def test_the_probe_says_what_to_do_about_bmcs_that_cannot_be_read(self):
        secret(self.programs, "not-it", "not-it")
        config = self.programs.write("broken.toml", f"""
[fleet.good]
url = "ipmi://127.10.0.{{1-2}}:{self.base}"
username = "monitor"
password_file = "bmc-password"
points = ["power_active_total"]
[device.refused]
url = "ipmi://127.10.0.5:{self.base}"
username = "monitor"
password_file = "not-it"
[device.away]
url = "ipmi://127.0.0.1:{free_port()}"
username = "monitor"
password_file = "bmc-password"
[device.lacking]
url = "ipmi://127.10.0.6:{self.base}"
username = "monitor"
password_file = "bmc-password"
points = ["fan_speed_16"]
""")
        seen = self.probe(config, 3)
        found = {finding["device"]: finding for finding in seen["findings"]}
        self.assertEqual(set(found), {"refused", "away", "lacking"})
        self.assertIn("password_file", found["refused"]["hint"])
        self.assertIn("no answer", found["away"]["message"])
        self.assertEqual(found["lacking"]["point"], "fan_speed_16")
        self.assertEqual(seen["good"], 2)

    def test_scan_finds_the_bmcs_of_a_range(self):
        document = json.loads(output_of(AGENT, "scan", "ipmi", f"127.10.0.{{1-14}}:{self.base}", "--user", "monitor",
                                        "--password-file", self.password, "--output", "json"))
        answers = [host["answer"] for host in document["hosts"]]
        self.assertEqual(answers[:12], ["yes"] * 12)
        self.assertNotIn("yes", answers[12:])
        self.assertEqual(document["hosts"][0]["manufacturer"], 674)

    def scan(self, *arguments, expect=0):
        return json.loads(output_of(AGENT, "scan", "ipmi", *arguments, "--output", "json", expect=expect))["hosts"]

    def test_scan_finds_the_bmcs_of_a_network(self):
        hosts = self.scan(f"127.10.0.0/28:{self.base}")
        self.assertEqual([host["host"] for host in hosts], [f"127.10.0.{i}:{self.base}" for i in range(1, 15)])
        self.assertEqual([host["answer"] == "yes" for host in hosts], [True] * 12 + [False] * 2)
        output_of(AGENT, "scan", "ipmi", "10.0.0.0/16", expect=2)
        output_of(AGENT, "scan", "ipmi", "127.10.0.0/22", f"127.10.4.{{1-3}}:{self.base}", expect=2)

    def test_scan_takes_a_user_name_as_it_is_written(self):
        # as part of a target this would be the user monitor, with cipher suite 3
        host = self.scan(f"127.10.0.1:{self.base}", "--user", "monitor&suite=3", "--password-file", self.password)[0]
        self.assertEqual((host["answer"], host["login"], host["manufacturer"]), ("yes", "authentication", None))

    def test_quirks_are_known_by_their_names(self):
        told = json.loads(output_of(AGENT, "read", f"{self.target(1)}&quirks=any-checksum,open-session-privilege",
                                    "--output", "json"))
        self.assertEqual(told["points"][0]["quality"], "good")
        output_of(AGENT, "read", f"{self.target(1)}&quirks=any-checksum,no-checksum", expect=2)
        # a BMC of the specification does not take packets that are signed otherwise
        host = self.scan(f"127.10.0.1:{self.base}", "--user", "monitor", "--password-file", self.password, "--quirks",
                         "integrity-with-sik", "--timeout", "300ms")[0]
        self.assertEqual(host["login"], "timeout")


class Sessions(unittest.TestCase):
    def test_a_session_outlives_a_poll_interval_that_is_longer_than_it_lasts(self):
        with Programs() as programs:
            port = free_port()
            programs.start("plant", PLANT, "--load-bmcs", 1, "--make", "device-sdrs", "--base-port", port,
                           "--session-timeout", 47)
            wait_for("the BMC", lambda: "BMCs on" in programs.log("plant"))
            relay = UdpRelay(port, address="127.10.0.1")
            try:
                secret(programs, "password", PASSWORD)
                web = free_port()
                config = programs.write("agent.toml", f"""
[device.node]
url = "ipmi://127.0.0.1:{relay.port}"
username = "monitor"
password_file = "password"
interval = "50s"
""")
                programs.start("agent", AGENT, "run", "--config.file", config, "--web.listen-address",
                               f"127.0.0.1:{web}")
                seen = lambda: http(f"http://127.0.0.1:{web}/metrics")[1]
                polls = lambda: int(re.search(r'^pue_device_polls_total\{device="node"\} (\d+)', seen(), re.M).group(1))
                # the first poll begins at a place of its own in the interval
                wait_for("the first poll", lambda: polls() == 1, 75)
                wait_for("the second poll", lambda: polls() == 2, 75)
                opened = [packet for forwards, packet in relay.recorded if forwards and packet[5] & 0x3F == 0x10]
                self.assertEqual(len(opened), 1)
                # 200 W in steps of 6 W; there is no DCMI, and the records are the device's own
                # (the collector counts its poll at once, the engine shows the value at its next tick)
                wait_for("its power", lambda: 'pue_device_total_power_watts{device="node",point="power_active"} 198' in
                         seen(), 5)
            finally:
                relay.close()


class Independent(unittest.TestCase):
    def check_open_sessions(self, sim, count):
        """One of them is that of ipmitool, which asks."""
        self.assertRegex(sim.ipmitool("session", "info", "active", expect=None), rf"active sessions\s*: {count}\b")

    def check_it_survives_its_death(self, sim, seen):
        up = 'pue_device_up{device="node"} 1'
        self.assertIn(up, seen())
        sim.kill()
        wait_for("the BMC to be missed", lambda: up not in seen(), 20)
        wait_for("its power to be gone", lambda: '_watts{device="node"' not in seen(), 20)
        sim.start()  # knows none of its sessions
        begun = time.monotonic()
        wait_for("the BMC to be read again", lambda: up in seen() and "_watts{device=\"node\"" in seen(), 60, every=0.05)
        self.assertLess(time.monotonic() - begun, 4.0 + 0.5)
        time.sleep(3)
        self.check_open_sessions(sim, 2)  # the agent has one, whatever it tried meanwhile

    def test_the_agent_shows_what_ipmi_sim_measures(self):
        with Programs() as programs:
            sim = IpmiSim(programs, os.path.join(BUILD, "tests", "ipmi_sim_dcmi.so"))
            secret(programs, "password", "pue-pass")
            config = programs.write("agent.toml", f"""
[device.node]
url = "ipmi://127.0.0.1:{sim.port}"
username = "pue"
password_file = "password"
cipher_suites = [17, 3]
interval = "1s"
points = ["power_active_total", "air_temperature_inlet", "fan_speed_1", "psu_1_power_input"]
""")
            web = free_port()
            agent = programs.start("agent", AGENT, "run", "--config.file", config, "--web.listen-address",
                                   f"127.0.0.1:{web}")
            seen = lambda: http(f"http://127.0.0.1:{web}/metrics")[1]
            # DCMI is for administrators there, so the sum of the supplies serves
            wait_for("460 W", lambda: 'pue_device_total_power_watts{device="node",point="power_active"} 460' in seen())
            for line in ('source="psu_sum"', 'point="air_temperature_inlet"} 22\n',
                         'point="fan_speed_1"} 100\n',  # 6,000 a minute
                         'point="psu_1_power_input"} 240\n'):
                self.assertEqual(seen().count(line), 1, line)
            self.check_it_survives_its_death(sim, seen)
            sim.set_sensor(2, 100)
            wait_for("620 W", lambda: 'pue_device_total_power_watts{device="node",point="power_active"} 620' in seen())
            agent.terminate()
            agent.wait(10)
            self.check_open_sessions(sim, 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
