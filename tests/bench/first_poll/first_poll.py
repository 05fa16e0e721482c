"""How long after its start the agent's requests leave, seen at the devices.

    /usr/bin/python3 tests/bench/first_poll/first_poll.py build/release [--devices N] [--runs N]

The devices are sockets of this script, so that nothing is cached or averaged on the way: for each the time from the
agent's start to the first byte of a request is taken."""

import argparse
import os
import selectors
import socket
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "integration"))
from support import Programs, free_port

PATIENCE = 10.0


def configuration(ports):
    devices = "".join(f'[device.d{i}]\nurl = "tcp://127.0.0.1:{port}"\nunit = 1\nprofile = "schneider-pm5xxx"\n'
                      for i, port in enumerate(ports))
    return f'[facility]\nname = "bench"\n{devices}'


def one(agent, count):
    """Seconds to the first request of each device, sorted."""
    with Programs() as programs, selectors.DefaultSelector() as selector:
        listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        for listener in listeners:
            selector.register(listener, selectors.EVENT_READ, "device")
        config = programs.write("agent.toml", configuration([s.getsockname()[1] for s in listeners]))
        begin = time.monotonic()
        programs.start("agent", agent, "run", "--config.file", config, "--web.listen-address",
                       f"127.0.0.1:{free_port()}", "--log.level", "error")
        waits, seen = [], set()
        while len(waits) < count and time.monotonic() - begin < PATIENCE:
            for key, _ in selector.select(0.5):
                if key.data == "device":
                    connection, _ = key.fileobj.accept()
                    selector.register(connection, selectors.EVENT_READ, key.fileobj.getsockname()[1])
                    continue
                if key.data not in seen:
                    seen.add(key.data)
                    waits.append(time.monotonic() - begin)
                selector.unregister(key.fileobj)
        for key in list(selector.get_map().values()):
            key.fileobj.close()
        assert len(waits) == count, f"{len(waits)} of {count} devices were asked within {PATIENCE} s"
        return waits


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--devices", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    agent = os.path.join(os.path.abspath(arguments.build), "pue-agent")
    first, last = [], []
    for _ in range(arguments.runs):
        waits = one(agent, arguments.devices)
        first.append(waits[0])
        last.append(waits[-1])
    for name, values in (("first", first), ("last", last)):
        print(f"{name} device asked: median {1000 * statistics.median(values):.0f} ms, "
              f"from {1000 * min(values):.0f} to {1000 * max(values):.0f} ms")


main()
