"""Records what clients and servers that are not ours say to each other, for recorded_test.cpp:

    record.py BUILD > tests/unit/ipmi_codec/recorded.inc

Get Device ID at privilege User: ipmitool and FreeIPMI, each in cipher suite 3 with ipmi_sim and in suite 17 with the
simulated BMC of pue-plant (there is no other server of suite 17 in Debian; it shares no code with the agent). What the
client printed is written down too."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "integration"))
from support import Programs, free_port, output_of, wait_for
from support_ipmi import IpmiSim, UdpRelay

BUILD = os.path.abspath(sys.argv[1])


def ipmitool(port, suite, user, password):
    return output_of("ipmitool", "-I", "lanplus", "-C", suite, "-L", "USER", "-H", "127.0.0.1", "-p", port, "-U", user,
                     "-P", password, "raw", "6", "1").split()


def freeipmi(port, suite, user, password):
    printed = output_of("ipmi-raw", "-h", f"127.0.0.1:{port}", "-D", "LAN_2_0", "-I", suite, "-u", user, "-p", password,
                        "-l", "user", "-W", "opensesspriv", "0", "6", "1")
    return printed.split()[3:]  # "rcvd:", command, completion code


def octets(data):
    return "{" + ", ".join(f"0x{byte:02X}" for byte in data) + "}"


with Programs() as programs:
    sim = IpmiSim(programs)
    port = free_port()
    programs.start("plant", os.path.join(BUILD, "pue-plant"), "--load-bmcs", 1, "--base-port", port)
    wait_for("the BMC", lambda: "BMCs on" in programs.log("plant"))
    for suite, server, address, user, password in [(3, sim.port, "127.0.0.1", "pue", "pue-pass"),
                                                   (17, port, "127.10.0.1", "monitor", "simulated-bmc")]:
        for client in (ipmitool, freeipmi):
            relay = UdpRelay(server, address=address)
            try:
                printed = client(relay.port, suite, user, password)
            finally:
                relay.close()
            print(f'{{"{client.__name__}", {suite}, "{user}", "{password}", {octets(bytes.fromhex("".join(printed)))}, {{')
            for forwards, packet in relay.recorded:
                print(f"{{{str(forwards).lower()}, {octets(packet)}}},")
            print("}},")
