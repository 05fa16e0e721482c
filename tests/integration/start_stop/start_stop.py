"""The agent is started under load and told to stop at a random instant of its first second, again and again: it always
ends by itself, soon, and well.

    start_stop.py BUILD [--times N]"""

import argparse
import os
import random
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, free_block, free_port, output_of

DEVICES, SILENT = 100, 20
SEED = 20240917


class StartStop(unittest.TestCase):
    def test_it_ends_well_whenever_it_is_told_to(self):
        chance = random.Random(SEED)
        with Programs() as programs:
            load = ["--load", DEVICES, "--values", 30, "--silent", SILENT, "--base-port", free_block(DEVICES)]
            profile = os.path.join(programs.path, "load.toml")
            config = programs.write("agent.toml", output_of(os.path.join(BUILD, "pue-plant"), *load, "--profile-out", profile,
                                                            "--print-agent-config"))
            programs.start("plant", os.path.join(BUILD, "pue-plant"), *load)
            slowest = 0.0
            for turn in range(TIMES):
                agent = programs.start("agent", os.path.join(BUILD, "pue-agent"), "run", "--config.file", config,
                                       "--web.listen-address", f"127.0.0.1:{free_port()}")
                # the first instants too, in which signals are not yet waited for
                after = chance.uniform(0.0, 1.0) ** 2
                time.sleep(after)
                agent.terminate()
                told = time.monotonic()
                status = agent.wait(timeout=5)
                slowest = max(slowest, time.monotonic() - told)
                log = programs.log("agent")
                programs.running.pop()
                # before it waits for signals, the signal itself ends it, and there is nothing yet that could be lost
                ended_early = status == -15 and "level=info msg=started" not in log
                self.assertTrue(status == 0 or ended_early, f"turn {turn}, after {after:.3f} s: {status}\n{log}")
                self.assertIsNone(re.search(r"level=error|terminate called|ERROR: ", log), log)
            print(f"{TIMES} times, the slowest end took {slowest:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--times", type=int, default=60)
    arguments = parser.parse_args()
    BUILD, TIMES = os.path.abspath(arguments.build), arguments.times
    unittest.main(argv=sys.argv[:1])
