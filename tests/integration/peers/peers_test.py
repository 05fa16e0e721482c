#!/usr/bin/python3
"""Our Modbus clients against servers nobody here wrote: libmodbus' and pymodbus', over TCP and over a serial line.

The registers are known on both sides by a formula; every value must come back equal.
Usage: peers_test.py BUILD_DIRECTORY
"""
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = sys.argv.pop(1)
HERE = os.path.dirname(os.path.abspath(__file__))
READ = os.path.join(BUILD, "tests", "peer_read")
SERVERS = {
    "libmodbus": [os.path.join(BUILD, "tests", "peer_libmodbus_server")],
    "pymodbus": ["/usr/bin/python3", os.path.join(HERE, "peer_pymodbus_server.py")],
}
SIZE = 400
HELD = {
    1: lambda i: 1 if i % 3 == 0 else 0,
    2: lambda i: 1 if i % 5 < 2 else 0,
    3: lambda i: (i * 257 + 7) & 0xFFFF,
    4: lambda i: (65535 - i * 131) & 0xFFFF,
}
UNIT = 17


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def reads():
    """Every function, from one value to the most an answer carries, at both ends of what is held."""
    for function in HELD:
        most = 2000 if function <= 2 else 125
        for count in (1, 2, 7, 8, 9, 17, 64, most):
            count = min(count, SIZE)
            yield function, 0, count
            yield function, SIZE - count, count
        for address in range(0, 30):
            yield function, address, 3


class Peers(unittest.TestCase):
    def setUp(self):
        self.started = []

    def tearDown(self):
        for process in reversed(self.started):
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()

    def start(self, command, wait_for_ready=True):
        process = subprocess.Popen(command, stdout=subprocess.PIPE if wait_for_ready else None, text=True)
        self.started.append(process)
        if wait_for_ready:
            self.assertEqual(process.stdout.readline().strip(), "ready", command)

    def ask(self, where, questions):
        done = subprocess.run([READ, *where, *questions], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        answers = done.stdout.splitlines()
        self.assertEqual(len(answers), len(questions))
        return answers

    def hold_against_formula(self, where):
        wanted = list(reads())
        answers = self.ask(where, [f"{UNIT}:{f}:{address}:{count}" for f, address, count in wanted])
        for (function, address, count), answer in zip(wanted, answers):
            expected = " ".join(str(HELD[function](i)) for i in range(address, address + count))
            self.assertEqual(answer, expected, f"function {function}, {count} from {address}")
        beyond = self.ask(where, [f"{UNIT}:3:{SIZE}:1", f"{UNIT}:3:0:1"])
        self.assertEqual(beyond, ["illegal_address", "7"])

    def over_tcp(self, peer):
        port = free_port()
        self.start([*SERVERS[peer], "tcp", str(port)])
        self.hold_against_formula(["tcp", str(port)])
        return ["tcp", str(port)]

    def over_a_serial_line(self, peer):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        ours, theirs = (os.path.join(folder.name, end) for end in ("ours", "theirs"))
        self.start(["socat", f"pty,rawer,link={ours}", f"pty,rawer,link={theirs}"], wait_for_ready=False)
        deadline = time.monotonic() + 10
        while not (os.path.exists(ours) and os.path.exists(theirs)):
            self.assertLess(time.monotonic(), deadline, "socat made no line")
            time.sleep(0.02)
        self.start([*SERVERS[peer], "rtu", theirs, str(UNIT)])
        self.hold_against_formula(["rtu", ours])
        return ["rtu", ours]

    def test_libmodbus_over_tcp(self):
        self.over_tcp("libmodbus")

    def test_libmodbus_over_a_serial_line(self):
        self.over_a_serial_line("libmodbus")

    def test_pymodbus_over_tcp(self):
        where = self.over_tcp("pymodbus")
        self.assertEqual(self.ask(where, [f"{UNIT}:identify"]), ["0=pymodbus;1=PM;2=3.0.0;"])

    def test_pymodbus_over_a_serial_line(self):
        where = self.over_a_serial_line("pymodbus")
        self.assertEqual(self.ask(where, [f"{UNIT}:identify"]), ["0=pymodbus;1=PM;2=3.0.0;"])

    def test_a_unit_that_is_not_there_is_silence_and_the_next_one_answers(self):
        where = self.over_a_serial_line("libmodbus")
        answers = self.ask(where, ["9:3:5:1", f"{UNIT}:3:5:1", f"{UNIT}:3:6:1"])
        self.assertEqual(answers, ["timeout", str(HELD[3](5)), str(HELD[3](6))])


unittest.main(verbosity=2)
