"""ipmi_sim says what it was told to, to ipmitool and FreeIPMI: what the agent is held against elsewhere is right."""

import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs
from support_ipmi import IpmiSim

BUILD = os.path.abspath(sys.argv[1])
MODULE = os.path.join(BUILD, "tests", "ipmi_sim_dcmi.so")


class IpmiSimShows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.programs = Programs()
        cls.addClassCleanup(cls.programs.__exit__, None, None, None)
        cls.sim = IpmiSim(cls.programs, MODULE)
        time.sleep(1)  # until it has read the files of its sensors

    def test_sensors_to_ipmitool(self):
        listed = self.sim.ipmitool("sdr", "elist", expect=0)
        for name, shown in [("Inlet Temp", "22 degrees C"), ("PS1 Input Power", "240 Watts"),
                            ("PS2 Input Power", "220 Watts"), ("FAN1", "6000 RPM"), ("CPU Temp", "45 degrees C")]:
            self.assertRegex(listed, rf"(?m)^{name} .*\| {shown}$")

    def test_sensors_to_freeipmi(self):
        listed = self.sim.freeipmi("ipmi-sensors")
        for name, shown in [("Inlet Temp", "22.00"), ("PS1 Input Power", "240.00"), ("PS2 Input Power", "220.00"),
                            ("FAN1", "6000.00"), ("CPU Temp", "45.00")]:
            self.assertRegex(listed, rf"{name} +\|[^|]*\| {shown} ")

    def test_power_to_both_and_anew_when_it_changes(self):
        self.assertRegex(self.sim.ipmitool("dcmi", "power", "reading", expect=0),
                         r"Instantaneous power reading: +412 Watts")
        self.sim.set_power(655)
        self.assertRegex(self.sim.freeipmi("ipmi-dcmi", "--get-system-power-statistics"), r"Current Power +: 655 Watts")

    def test_a_sensor_that_changes(self):
        self.sim.set_sensor(1, 31)
        time.sleep(1)
        self.assertTrue(re.search(r"Inlet Temp .*\| 31 degrees C", self.sim.ipmitool("sdr", "elist", expect=0)))
        self.sim.set_sensor(1, 22)
        time.sleep(1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
