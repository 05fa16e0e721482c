"""The agent reads a facility whose devices misbehave at random, and is scraped each second: it must grow in nothing, stay
prompt, publish no wrong PUE, and be whole again when the faults end (row T-S1).

    soak.py BUILD_DIRECTORY [MINUTES [SEED]]

The faults are those that keep or damage answers. What a meter says wrongly of itself (frozen, reversed) nobody can know
from one scrape; that has tests of its own.
"""

import os
import random
import re
import statistics
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "integration"))
from support import Programs, free_block, free_port, get_json, http, output_of, wait_for

BUILD = os.path.abspath(sys.argv[1])
MINUTES = float(sys.argv[2]) if len(sys.argv) > 2 else 0.75
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(10**6)
FAULTS = ("silence", "drip", "wrong-id", "wrong-unit", "exception", "late", "close", "counter-reset")
WARM_UP = 10  # seconds without faults, at the beginning and at the end
MOST_GROWTH = 256 * 1024  # bytes between the first and the last third of the run
NEAR = 0.02  # of the truth: values up to three seconds old, on a day that passes 60 times faster


def series(metrics, pattern):
    return [(name, float(value)) for name, value in re.findall(rf"^({pattern}(?:\{{[^}}]*\}})?) (\S+)$", metrics, re.M)]


def one(metrics, pattern):
    found = series(metrics, pattern)
    return found[0][1] if found else None


class Watch:
    """Scrapes and holds what must be true of each scrape and between two of them."""

    def __init__(self, agent, plant):
        self.agent, self.plant = agent, plant
        self.counters = {}
        self.resident, self.descriptors, self.slowest, self.with_pue, self.scrapes = [], [], 0.0, 0, 0

    def look(self):
        began = time.monotonic()
        status, metrics = http(self.agent + "/metrics")
        took = time.monotonic() - began
        assert status == 200 and took < 1, f"a scrape took {took:.2f} s, status {status}"
        self.slowest = max(self.slowest, took)
        self.scrapes += 1
        self.resident.append(one(metrics, "process_resident_memory_bytes"))
        self.descriptors.append(one(metrics, "process_open_fds"))
        # A device's own register may begin again; what the agent counts may not.
        for name, value in series(metrics, r"pue_(?:(?!device_)\w+|device_polls|device_poll_errors)_total"):
            assert value >= self.counters.get(name, 0), f"{name} fell from {self.counters[name]} to {value}"
            self.counters[name] = value
        published = one(metrics, r"pue_instant_ratio\{[^}]*measured_at=\"ups\"[^}]*\}")
        if published is not None:
            truth = get_json(self.plant)["instant_pue"]
            assert abs(published / truth - 1) < NEAR, f"published {published}, the truth is {truth}"
            self.with_pue += 1
        return metrics


def all_up(watch):
    up = series(watch.look(), r"pue_device_up")
    return up and all(value == 1 for _, value in up)


print(f"seed {SEED}, {MINUTES:g} minutes", flush=True)
chance = random.Random(SEED)
with Programs() as programs:
    base, port, truth_port = free_block(23), free_port(), free_port()
    options = ["--base-port", base, "--rtu-link", os.path.join(programs.path, "rtu"), "--speed", 60]
    configuration = programs.write("agent.toml", output_of(f"{BUILD}/pue-plant", *options, "--print-agent-config"))
    programs.start("plant", f"{BUILD}/pue-plant", *options, "--truth.listen-address", f"127.0.0.1:{truth_port}")
    plant = f"http://127.0.0.1:{truth_port}"
    names = list(wait_for("the plant", lambda: get_json(plant)["devices"]))
    agent = programs.start("agent", f"{BUILD}/pue-agent", "run", "--config.file", configuration,
                           "--web.listen-address", f"127.0.0.1:{port}", "--log.level", "error")
    watch = Watch(f"http://127.0.0.1:{port}", plant)
    wait_for("every device", lambda: all_up(watch), 30)
    for _ in range(WARM_UP):
        watch.look()
        time.sleep(1)
    healthy_descriptors = watch.descriptors[-1]
    watch.resident.clear()

    end = time.monotonic() + MINUTES * 60
    faults = 0
    while time.monotonic() < end:
        if chance.random() < 0.3:
            fault = {"device": chance.choice(names), "kind": chance.choice(FAULTS), "for": chance.randint(2, 30)}
            http(f"{plant}/fault?{urllib.parse.urlencode(fault)}", method="POST", data=b"")
            faults += 1
        watch.look()
        time.sleep(1)
    http(f"{plant}/clear", method="POST", data=b"")

    wait_for("every device again", lambda: all_up(watch), 30, every=1)
    for _ in range(WARM_UP):
        watch.look()
        time.sleep(1)
    assert watch.with_pue > 0 and one(watch.look(), "pue_instant_ratio") is not None, "PUE did not come back"
    assert watch.descriptors[-1] <= healthy_descriptors + 1, (healthy_descriptors, watch.descriptors[-1])
    third = len(watch.resident) // 3
    growth = statistics.mean(watch.resident[-third:]) - statistics.mean(watch.resident[:third])
    if MINUTES >= 10:  # before, its buffers and windows still fill
        assert growth < MOST_GROWTH, f"resident memory grew by {growth / 1024:.0f} KiB"
    state = get_json(plant)
    assert state["write_attempts"] == 0 and state["malformed"] == 0, state
    assert agent.poll() is None, "the agent ended"
    print(f"ok   {faults} faults, {watch.scrapes} scrapes, {watch.with_pue} with a PUE and each within {NEAR:.0%}; the "
          f"slowest took {watch.slowest * 1000:.0f} ms; {watch.resident[-1] / 2**20:.1f} MiB resident, "
          f"{growth / 1024:+.0f} KiB from first to last third; {watch.descriptors[-1]:.0f} descriptors")
