"""The agent is started under load and told to stop at a random instant of its first second, again and again: it always
ends by itself, soon, with 0, and leaves no child of its own and no connection behind.

    start_stop.py BUILD [--times N]"""

import argparse
import ctypes
import os
import random
import signal
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, free_block, free_port, output_of, wait_for

DEVICES, SILENT = 100, 20
SEED = 20240917
PR_SET_CHILD_SUBREAPER = 36


def blocks_sigterm(process):
    """Before that, the program is still being loaded, and the signal itself ends it. Any thread tells: while one waits in
    sigtimedwait, as the first one soon does, the kernel shows the signals it waits for as not blocked."""
    for thread in os.listdir(f"/proc/{process.pid}/task"):
        with open(f"/proc/{process.pid}/task/{thread}/status", encoding="ascii") as status:
            blocked = next(line for line in status if line.startswith("SigBlk:"))
        if int(blocked.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
            return True
    return False


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


class StartStop(unittest.TestCase):
    def test_it_ends_well_whenever_it_is_told_to(self):
        chance = random.Random(SEED)
        # what a child of ours leaves behind becomes our child
        self.assertEqual(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0)
        with Programs() as programs:
            load = ["--load", DEVICES, "--values", 30, "--silent", SILENT, "--base-port", free_block(DEVICES)]
            profile = os.path.join(programs.path, "load.toml")
            config = programs.write("agent.toml", output_of(os.path.join(BUILD, "pue-plant"), *load, "--profile-out", profile,
                                                            "--print-agent-config"))
            plant = programs.start("plant", os.path.join(BUILD, "pue-plant"), *load)
            wait_for("the plant's ports", lambda: descriptors(plant) > DEVICES)
            idle = descriptors(plant)
            slowest = 0.0
            for turn in range(TIMES):
                agent = programs.start("agent", os.path.join(BUILD, "pue-agent"), "run", "--config.file", config,
                                       "--web.listen-address", f"127.0.0.1:{free_port()}")
                wait_for("the agent to be loaded", lambda: blocks_sigterm(agent), every=0.001)
                after = chance.uniform(0.0, 1.0) ** 2
                time.sleep(after)
                agent.terminate()
                told = time.monotonic()
                status = agent.wait(timeout=5)
                slowest = max(slowest, time.monotonic() - told)
                log = programs.log("agent")
                programs.running.pop()
                self.assertEqual(status, 0, f"turn {turn}, after {after:.3f} s\n{log}")
                self.assertIsNone(re.search(r"level=error|terminate called|ERROR: ", log), log)
                self.assertEqual(children(), [plant.pid])
            wait_for("the plant to have no connection", lambda: descriptors(plant) == idle)
            print(f"{TIMES} times, the slowest end took {slowest:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--times", type=int, default=100)
    arguments = parser.parse_args()
    BUILD, TIMES = os.path.abspath(arguments.build), arguments.times
    unittest.main(argv=sys.argv[:1])
