"""Records what ipmitool and ipmi_sim say to each other, for recorded_test.cpp:

    record.py BUILD > tests/unit/ipmi_codec/recorded.inc

User "pue" with the password "pue-pass", cipher suite 3, privilege User: Get Device ID and a sensor's reading."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "integration"))
from support import Programs, output_of
from support_ipmi import IpmiSim, UdpRelay

with Programs() as programs:
    sim = IpmiSim(programs)
    relay = UdpRelay(sim.port)
    try:
        output_of("ipmitool", "-I", "lanplus", "-C", "3", "-L", "USER", "-H", "127.0.0.1", "-p", relay.port, "-U", "pue",
                  "-P", "pue-pass", "raw", "6", "1")
    finally:
        relay.close()
    for forwards, packet in relay.recorded:
        print(f"{{{'true' if forwards else 'false'}, {{{', '.join(f'0x{byte:02X}' for byte in packet)}}}}},")
