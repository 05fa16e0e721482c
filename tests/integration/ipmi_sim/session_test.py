"""The agent's own session against ipmi_sim: what it asks is what ipmitool asks, whatever the network does to it."""

import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs
from support_ipmi import PASSWORD, USER, IpmiSim, UdpRelay

BUILD = os.path.abspath(sys.argv[1])
MODULE = os.path.join(BUILD, "tests", "ipmi_sim_dcmi.so")
TIMES = 300


class Session(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.programs = Programs()
        cls.addClassCleanup(cls.programs.__exit__, None, None, None)
        cls.sim = IpmiSim(cls.programs, MODULE)
        time.sleep(1)  # until it has read the files of its sensors

    def ask(self, port, user=USER, password=PASSWORD, suite=3, privilege="user", times=0):
        done = subprocess.run([os.path.join(BUILD, "tests", "ipmi_ask"), "127.0.0.1", str(port), user, password,
                               str(suite), privilege, str(times)], capture_output=True, text=True, timeout=100, check=True)
        return dict(line.split(" ", 1) for line in done.stdout.splitlines())

    def through(self, **misdeeds):
        relay = UdpRelay(self.sim.port, **misdeeds)
        self.addCleanup(relay.close)
        return relay

    def test_it_reads_what_ipmitool_reads(self):
        answers = self.ask(self.sim.port)
        self.assertEqual(answers["device-id"].split()[1:], self.sim.ipmitool("raw", "6", "1", expect=0).split())
        self.assertEqual(answers["sensor"].split()[:2], ["00", "16"])  # 22 degrees
        # ipmi_sim lets administrators alone read the power, and the agent never asks to be one
        self.assertEqual(answers["power"], "d4")

    def test_an_operator_is_one_when_asked_for(self):
        self.assertEqual(self.ask(self.sim.port, privilege="operator")["sensor"].split()[0], "00")
        self.assertEqual(self.ask(self.sim.port, "pue", "pue-pass", privilege="operator")["sensor"].split()[0], "00")

    def test_wrong_names_and_passwords_are_told_at_once_and_not_tried_again(self):
        for user, password in [(USER, "wrong"), ("nobody", PASSWORD), ("locked", "locked-pass")]:
            relay = self.through()
            answers = self.ask(relay.port, user, password)
            self.assertEqual([answers[what] for what in ("device-id", "power", "sensor")], ["authentication"] * 3)
            opened = [packet for forwards, packet in relay.recorded if forwards and packet[5] & 0x3F == 0x10]
            self.assertEqual(len(opened), 1)

    def test_a_suite_that_the_bmc_has_not_is_told_as_such(self):
        self.assertEqual(self.ask(self.sim.port, suite=17)["device-id"], "cipher_refused")

    def check_all_answered(self, relay, least, times=TIMES):
        answers = self.ask(relay.port, times=times)
        good = int(answers["good"].split()[0])
        self.assertGreaterEqual(good, least, answers)
        self.assertEqual(answers["wrong"], "0")

    def test_doubled_and_reordered_packets_cost_nothing(self):
        self.check_all_answered(self.through(doubled=0.5, late=0.3), TIMES)

    def test_five_percent_loss_costs_next_to_nothing(self):
        self.check_all_answered(self.through(loss=0.05), TIMES * 0.97)

    def test_a_third_lost_both_ways_is_slow_and_never_wrong(self):
        relay = self.through(loss=0.3, doubled=0.1, late=0.1)
        answers = self.ask(relay.port, times=12)
        self.assertEqual(answers["wrong"], "0")
        for what, first in [("device-id", "00"), ("sensor", "00")]:
            self.assertIn(answers[what].split()[0], (first, "timeout"))

    def test_packets_cut_short_and_datagrams_of_64_kib_are_lost_packets_and_no_more(self):
        self.check_all_answered(self.through(cut_short=0.1, giant=0.2), 58, times=60)

    def test_answers_three_seconds_late_are_never_taken_for_another_questions(self):
        # a question and its repetitions last two seconds
        self.check_all_answered(self.through(late=0.15, late_seconds=3.0), 38, times=40)

    def test_nothing_that_is_secret_crosses_the_wire(self):
        relay = self.through()
        self.ask(relay.port, "pue", "pue-pass")
        self.assertGreater(relay.packets, 10)
        self.assertFalse(any(b"pue-pass" in packet for _, packet in relay.recorded))

    def test_every_session_is_closed(self):
        relay = self.through()
        for _ in range(70):  # ipmi_sim has room for 63
            self.assertEqual(self.ask(relay.port)["device-id"].split()[0], "00")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
