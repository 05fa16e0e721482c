"""Random traces of one meter, for the comparison of the two energy accounts. The same seed gives the same trace.

    traces.py SEED        prints the trace in the form of tests/model/energy_model.py

A trace is a true power that walks at random, the register that counts it, and what goes wrong with meters and lines:
irregular sampling, gaps, readings that repeat or come late, rollover, reset, replacement, glitches to zero and to
anywhere, a last digit that jitters, a register that stands still, and power that is not answered for a while.
"""

import random
import sys

MS = 1_000_000
MODULI = [0, 2**16, 2**32, 10**6, 10**8]
RESOLUTIONS = [1, 100, 3600, 36_000, 360_000, 3_600_000]
FACTORS = ["1", "0.5", "0.125", "0.37", "80"]
START = 1_740_758_400_000 * MS


class Trace:
    def __init__(self, seed):
        self.random = random.Random(seed)
        choose = self.random.choice
        self.interval_ms = choose([1000, 10_000, 60_000, 300_000, 900_000])
        self.irregular = self.random.random() < 0.5
        self.modulus = choose(MODULI)  # in counts
        resolution = choose(RESOLUTIONS)
        self.header = {
            "modulus": self.modulus * resolution,
            "resolution": resolution,
            "max_power": choose([10_000, 200_000, 5_000_000]),
            "factor": choose(FACTORS),
            "has_register": 0 if self.random.random() < 0.2 else 1,
            "max_gap": max(3 * self.interval_ms // 1000, 300),
        }
        # The rates of what goes wrong; a quiet trace now and then.
        self.rate = choose([0.0, 0.005, 0.03])
        self.t = START + self.random.randrange(0, 3_600_000) * MS
        self.watts = self.random.randrange(0, self.header["max_power"])
        self.millijoules = 0  # true, since the beginning: an integer, so that nothing is rounded
        self.offset = self.random.randrange(0, 10**5)  # of the register, in counts
        self.lines = []

    def happens(self, weight=1.0):
        return self.random.random() < self.rate * weight

    def advance(self):
        step = self.interval_ms
        if self.irregular:
            step = max(1, int(step * self.random.uniform(0.2, 2.5)))
        if self.happens():
            step = int(self.header["max_gap"] * 1000 * self.random.uniform(1.0, 30.0))
        self.t += step * MS
        self.millijoules += self.watts * step
        most = self.header["max_power"]
        self.watts = min(most, max(0, self.watts + self.random.randrange(-most // 10, most // 10 + 1)))

    def counts(self):
        raw = self.millijoules // (1000 * self.header["resolution"]) + self.offset
        return raw % self.modulus if self.modulus else raw

    def put_register(self, raw):
        raw = max(0, raw)
        if self.modulus:
            raw %= self.modulus
        self.lines.append(f"{self.t} r {raw * self.header['resolution']} {raw}")

    def put_power(self):
        self.lines.append(f"{self.t} p {self.watts}")

    def run(self, readings):
        stuck, glitches, silent, stuck_at = 0, 0, 0, 0
        for _ in range(readings):
            self.advance()
            if silent == 0 and self.happens(0.5):
                silent = self.random.randrange(1, 12)
            if silent:
                silent -= 1
            else:
                self.put_power()
                if self.happens(0.3):
                    self.put_power()
            if not self.header["has_register"]:
                continue
            if self.happens(0.4):  # reset: counts again from about zero
                self.offset -= self.counts() - self.random.randrange(0, 50)
            if self.happens(0.3):  # another meter
                self.offset += self.random.randrange(10**4, 10**7)
            if self.happens(0.5):
                glitches = self.random.randrange(1, 4)
            if stuck == 0 and self.happens(0.3):
                stuck, stuck_at = self.random.randrange(2, 30), self.counts()
            if glitches:
                glitches -= 1
                self.put_register(self.random.choice([0, 0, 1, self.random.randrange(0, 2**32), self.counts() // 2]))
            elif stuck:
                stuck -= 1
                self.put_register(stuck_at)
            else:
                self.put_register(self.counts() - (1 if self.happens(2.0) else 0))
            if self.happens(0.3):  # said again, or late
                late, self.t = self.t, self.t - self.random.choice([0, self.interval_ms // 2]) * MS
                self.put_register(self.counts())
                self.t = late
        return self

    def text(self):
        header = " ".join(f"{name} {value}" for name, value in self.header.items())
        return "\n".join([header, *self.lines]) + "\n"


def trace(seed):
    made = Trace(seed)
    return made.run(made.random.randrange(20, 300))


if __name__ == "__main__":
    print(trace(int(sys.argv[1])).text(), end="")
