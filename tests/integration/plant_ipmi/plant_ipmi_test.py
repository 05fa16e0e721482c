"""The simulated BMCs, judged by ipmitool and FreeIPMI in cipher suites 3 and 17, and the agent's session on them."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, free_block, free_port, get_json, http, output_of, wait_for
from support_ipmi import UdpRelay

BUILD = os.path.abspath(sys.argv[1])
USER, PASSWORD = "monitor", "simulated-bmc"
MAKES = ["plain", "no-dcmi", "supplies-only", "zero-dcmi", "inactive-dcmi", "late-dcmi", "latin-1", "packed",
         "small-parts", "non-linear", "slow", "shared-supplies", "device-sdrs"]


class SimulatedBmcs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.programs = Programs()
        cls.addClassCleanup(cls.programs.__exit__, None, None, None)
        cls.port = free_port()
        cls.programs.start("plant", os.path.join(BUILD, "pue-plant"), "--load-bmcs", len(MAKES), "--make", "all",
                           "--base-port", cls.port)
        wait_for("the BMCs", lambda: "BMCs on" in cls.programs.log("plant"))

    def ipmitool(self, make, *arguments, suite=17, password=PASSWORD, expect=0):
        return output_of("ipmitool", "-I", "lanplus", "-C", suite, "-L", "USER", "-H",
                         f"127.10.0.{MAKES.index(make) + 1}", "-p", self.port, "-U", USER, "-P", password, *arguments,
                         expect=expect)

    def freeipmi(self, program, *arguments, suite=17):
        cache = os.path.join(self.programs.path, "freeipmi")
        os.makedirs(cache, exist_ok=True)
        more = [f"--sdr-cache-directory={cache}"] if program == "ipmi-sensors" else []
        return output_of(program, "-h", f"127.10.0.1:{self.port}", "-D", "LAN_2_0", "-I", suite, "-u", USER, "-p",
                         PASSWORD, "-l", "user", *more, *arguments)

    def ask(self, address, port, suite, times=0):
        done = output_of(os.path.join(BUILD, "tests", "ipmi_ask"), address, port, USER, PASSWORD, suite, "user", times)
        return dict(line.split(" ", 1) for line in done.splitlines())

    def test_ipmitool_reads_sensors_and_power_in_both_suites(self):
        for suite in (3, 17):
            listed = self.ipmitool("plain", "sdr", "elist", suite=suite)
            for name, shown in [("Inlet Temp", "20 degrees C"), ("CPU1 Temp", "50 degrees C"),
                                ("PS2 Input", "100 Watts"), ("FAN4", "6320 RPM")]:
                self.assertRegex(listed, rf"(?m)^{name} .*\| {shown}$")
            self.assertRegex(self.ipmitool("plain", "dcmi", "power", "reading", suite=suite),
                             r"Instantaneous power reading: +200 Watts")

    def test_freeipmi_reads_sensors_and_power_in_both_suites(self):
        for suite in (3, 17):
            self.assertRegex(self.freeipmi("ipmi-sensors", suite=suite), r"PS1 Input +\| Power Supply \| 100\.00 ")
            self.assertRegex(self.freeipmi("ipmi-dcmi", "--get-system-power-statistics", suite=suite),
                             r"Current Power +: 200 Watts")

    def test_each_make_is_what_it_says(self):
        self.assertIn("204 Watts", self.ipmitool("no-dcmi", "sdr", "elist"))  # steps of 6 W: 201 W
        self.assertNotIn("Instantaneous", self.ipmitool("no-dcmi", "dcmi", "power", "reading", expect=None))
        self.assertNotIn("Pwr Consumption", self.ipmitool("supplies-only", "sdr", "elist"))
        self.assertRegex(self.ipmitool("zero-dcmi", "dcmi", "power", "reading"), r"Instantaneous power reading: +0 Watts")
        self.assertRegex(self.ipmitool("inactive-dcmi", "dcmi", "power", "reading"), r"power reading: +204 Watts")
        self.assertIn("Inlet Temp", self.ipmitool("small-parts", "sdr", "elist"))
        self.assertRegex(self.ipmitool("slow", "mc", "info"), r"Manufacturer ID +: 15000")
        self.assertRegex(self.ipmitool("device-sdrs", "sdr", "elist"), r"Pwr Consumption .*\| 210 Watts")  # 212 W
        self.assertIn("424 Watts", self.ipmitool("shared-supplies", "sdr", "elist"))  # 211 W, four times over two
        # the curve raw - raw^2/1000 at its first step above 21 degrees
        self.assertRegex(self.ipmitool("non-linear", "sdr", "elist"), r"Inlet Temp .*\| 21\.52 degrees C")

    def test_wrong_passwords_and_weak_suites_are_refused(self):
        self.ipmitool("plain", "mc", "info", password="wrong", expect=1)
        for suite in (0, 1, 2, 6, 8, 15):
            self.ipmitool("plain", "mc", "info", suite=suite, expect=1)

    def test_a_bmc_with_suite_17_alone_refuses_suite_3(self):
        port = free_port()
        self.programs.start("strict", os.path.join(BUILD, "pue-plant"), "--load-bmcs", 1, "--base-port", port,
                            "--no-suite-3", "--sessions", 1, "--session-timeout", 2)
        wait_for("the BMC", lambda: "BMCs on" in self.programs.log("strict"))
        self.assertEqual(self.ask("127.10.0.1", port, 3)["device-id"], "cipher_refused")
        self.assertEqual(self.ask("127.10.0.1", port, 17)["device-id"].split()[0], "00")

    def test_nothing_that_is_not_a_reading_is_done(self):
        self.ipmitool("plain", "chassis", "power", "off", expect=None)
        self.assertRegex(self.ipmitool("plain", "chassis", "status"), "System Power +: on")

    def test_our_session_reads_what_ipmitool_reads_in_both_suites(self):
        told = self.ipmitool("plain", "raw", "0x2c", "2", "0xdc", "1", "0", "0").split()
        for suite in (3, 17):
            answers = self.ask("127.10.0.1", self.port, suite)
            self.assertEqual(answers["power"].split()[1:], told)

    def test_our_session_in_suite_17_through_a_bad_network(self):
        relay = UdpRelay(self.port, loss=0.05, doubled=0.3, late=0.3, address="127.10.0.1")
        self.addCleanup(relay.close)
        good = int(re.match(r"(\d+)", self.ask("127.0.0.1", relay.port, 17, times=300)["good"]).group(1))
        self.assertGreaterEqual(good, 290)


class FacilityServers(unittest.TestCase):
    """The servers of the facility: what they draw is the truth's, and they break when told to."""

    @classmethod
    def setUpClass(cls):
        cls.programs = Programs()
        cls.addClassCleanup(cls.programs.__exit__, None, None, None)
        cls.base, port = free_block(64), free_port()
        scenario = cls.programs.write("scenario.toml",
                                      '[[fault]]\ndevice = "node-7"\nkind = "silence"\nat = 0\nfor = 600\n')
        cls.options = ["--base-port", cls.base, "--rtu-link", ""]
        cls.programs.start("plant", os.path.join(BUILD, "pue-plant"), *cls.options, "--scenario", scenario,
                           "--truth.listen-address", f"127.0.0.1:{port}")
        cls.truth = f"http://127.0.0.1:{port}"
        wait_for("the plant", lambda: get_json(cls.truth + "/"))

    def power(self, node, expect=0):
        return output_of("ipmitool", "-I", "lanplus", "-C", 17, "-L", "USER", "-R", 1, "-N", 1, "-H",
                         f"127.10.0.{node}", "-p", self.base, "-U", USER, "-P", PASSWORD, "dcmi", "power", "reading",
                         expect=expect)

    def fault(self, query):
        self.assertEqual(http(f"{self.truth}/{query}", data=b"", method="POST")[0], 200)

    def test_power_is_the_truths(self):
        told = int(re.search(r"Instantaneous power reading: +(\d+) Watts", self.power(1)).group(1))
        self.assertAlmostEqual(told, get_json(self.truth + "/")["bmcs"]["node-1"]["watts"], delta=2)

    def test_faults_come_and_go(self):
        self.fault("fault?device=node-1&kind=busy")
        self.assertNotIn("Instantaneous", self.power(1, expect=None))
        self.fault("clear?device=node-1")
        self.assertIn("Instantaneous", self.power(1))
        self.fault("fault?device=node-1&kind=sessions-full")
        self.power(1, expect=1)
        self.fault("clear")
        self.assertIn("Instantaneous", self.power(1))

    def test_a_scenario_silences_a_server(self):
        self.power(7, expect=1)
        self.assertIn("Instantaneous", self.power(8))

    def test_the_configuration_names_them_where_the_password_has_a_file(self):
        path = os.path.join(self.programs.path, "bmc-password")
        printed = output_of(os.path.join(BUILD, "pue-plant"), *self.options, "--print-agent-config")
        self.assertNotIn("ipmi://", printed)
        printed = output_of(os.path.join(BUILD, "pue-plant"), *self.options, "--print-agent-config",
                            "--bmc-password-out", path)
        self.assertEqual(len(re.findall(rf'url = "ipmi://127\.10\.0\.\d+:{self.base}"', printed)), 12)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), PASSWORD)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
