"""A cable is pulled and put back, and a device restarts while it is out: nobody closes a connection, so the agent has to
find out by itself.

    half_open.py BUILD [--down SECONDS]

The agent and the devices live in two network namespaces joined by a pair of virtual Ethernet ports, inside a user
namespace of their own, so that no privilege is needed. Leaves with 77 where the kernel allows no such namespaces."""

import argparse
import os
import socketserver
import struct
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, http, output_of, wait_for

SKIPPED = 77
INSIDE = "PUE_TEST_INSIDE_NAMESPACE"
TIMEOUT, PROBE_PERIOD, INTERVAL = 0.5, 3.0, 0.5
DEVICES, PORT, WEB = 2, 20000, 10442
HOST, PEER = "10.77.0.1", "10.77.0.2"


class Device(socketserver.BaseRequestHandler):
    """Answers every read of holding registers: register n holds n."""

    def handle(self):
        while header := self.exactly(12):
            transaction, _, _, unit, function, address, count = struct.unpack(">HHHBBHH", header)
            registers = struct.pack(f">{count}H", *((address + i) & 0xFFFF for i in range(count)))
            self.request.sendall(struct.pack(">HHHBBB", transaction, 0, 3 + len(registers), unit, function,
                                             len(registers)) + registers)

    def exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.request.recv(size - len(data))
            if not more:
                return b""
            data += more
        return data


def serve(address, port):
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer((address, port), Device) as server:
        server.serve_forever()


def enter_namespace():
    """Starts this script once more as the root of namespaces of its own."""
    if os.environ.get(INSIDE):
        return
    if subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"], capture_output=True, check=False).returncode:
        print("skipped: no user and network namespaces here")
        sys.exit(SKIPPED)
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "-rn", sys.executable, *sys.argv])


class Peer:
    """A namespace at the other end of the cable, held open by a process that sleeps."""

    def __init__(self, programs):
        self.holder = programs.start("peer-namespace", "unshare", "-n", "sleep", "1000")
        wait_for("the namespace", lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != os.readlink("/proc/self/ns/net"))
        output_of("ip", "link", "set", "lo", "up")
        output_of("ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", self.holder.pid)
        output_of("ip", "address", "add", f"{HOST}/24", "dev", "near")
        output_of("ip", "link", "set", "near", "up")
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "address", "add", f"{PEER}/24", "dev", "far")
        self.run("ip", "link", "set", "far", "up")

    def enter(self, *command):
        return ["nsenter", "-t", self.holder.pid, "-n", *command]

    def run(self, *command):
        output_of(*self.enter(*command))


class HalfOpen(unittest.TestCase):
    def setUp(self):
        self.programs = Programs()
        self.addCleanup(self.programs.__exit__, None, None, None)
        self.peer = Peer(self.programs)
        self.devices = []
        self.start_devices()
        self.programs.write("load.toml", output_of(os.path.join(BUILD, "pue-plant"), "--load", DEVICES, "--values", 4,
                                                   "--print-profile"))
        config = f'[defaults]\ninterval = "{INTERVAL * 1000:g}ms"\ntimeout = "{TIMEOUT * 1000:g}ms"\n'
        for i in range(DEVICES):
            config += (f'\n[bus.b{i}]\nurl = "tcp://{PEER}:{PORT + i}"\nprobe_period = "{PROBE_PERIOD:g}s"\n'
                       f'[device.d{i}]\nbus = "b{i}"\nprofile = "load.toml"\n')
        self.agent = self.programs.start(
            "agent", os.path.join(BUILD, "pue-agent"), "run", "--config.file",
            self.programs.write("agent.toml", config), "--web.listen-address", f"127.0.0.1:{WEB}")
        wait_for("both devices", lambda: self.up() == [1, 1])

    def start_devices(self):
        self.devices = [
            self.programs.start(f"device-{i}", *self.peer.enter(sys.executable, os.path.abspath(__file__), "--serve", PEER,
                                                                PORT + i)) for i in range(DEVICES)]

    def up(self):
        text = http(f"http://127.0.0.1:{WEB}/metrics")[1]
        return [int(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith("pue_device_up{")]

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.agent.pid}/fd"))

    def pull(self):
        self.peer.run("ip", "link", "set", "far", "down")
        pulled = time.monotonic()
        wait_for("both to be down", lambda: self.up() == [0, 0], every=0.05)
        # a poll interval passes before the next request, and the page is renewed four times a second
        self.assertLess(time.monotonic() - pulled, INTERVAL + TIMEOUT + 1.0)

    def put_back(self):
        self.peer.run("ip", "link", "set", "far", "up")
        back = time.monotonic()
        wait_for("both to be read again", lambda: self.up() == [1, 1], every=0.05)
        # one probe period, the connect that was under way at the return, and the neighbour's address resolved anew
        self.assertLess(time.monotonic() - back, PROBE_PERIOD + TIMEOUT + 2.0)

    def test_a_cable_that_was_out_for_a_while(self):
        before = self.descriptors()
        self.pull()
        time.sleep(DOWN)
        self.assertEqual(self.up(), [0, 0])
        self.put_back()
        self.assertLessEqual(self.descriptors(), before + 1)

    def test_a_device_that_restarted_while_the_cable_was_out(self):
        self.pull()
        for device in self.devices:
            device.kill()
            device.wait()
        self.start_devices()
        time.sleep(1)
        self.put_back()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("build", nargs="?")
    parser.add_argument("--down", type=float, default=12.0)
    parser.add_argument("--serve", nargs=2)
    arguments = parser.parse_args()
    if arguments.serve:
        sys.exit(serve(arguments.serve[0], int(arguments.serve[1])))
    enter_namespace()
    BUILD, DOWN = os.path.abspath(arguments.build), arguments.down
    unittest.main(argv=sys.argv[:1])
