"""The agent against collectd's modbus plugin, on the same simulated devices, in the same run.

    /usr/bin/python3 tests/bench/collectd/bench.py build/release [--seconds N] [--quick | --large]

Each device offers 30 float values in one block of 60 registers and is read once a second. Prints a table in Markdown:
CPU seconds per value are of the whole process, scrapes included (one a second for each of the two); a device is fresh
when all of its values are younger than three seconds."""

import argparse
import os
import re
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(__file__), "..", "..", "integration"), os.path.join(os.path.dirname(__file__), "..")]
from process import cpu_seconds, resident_megabytes
from support import Programs, free_port, http, output_of, wait_for

VALUES = 30
FRESH_SECONDS = 3.0


class Agent:
    """The agent as it is measured: ages from its own time stamps of the last good answer."""

    name = "pue-agent"
    SUCCESS = re.compile(r'^pue_device_last_success_timestamp_seconds\{device="([^"]*)"\} (\S+)', re.M)
    SAMPLES = re.compile(r"^pue_agent_samples_total (\S+)", re.M)

    def __init__(self, programs, build, load_options, devices):
        self.port = free_port()
        profile = os.path.join(programs.path, "load.toml")
        plant = os.path.join(build, "pue-plant")
        text = output_of(plant, *load_options, "--profile-out", profile, "--print-agent-config")
        config = programs.write("load-agent.toml", text)
        self.process = programs.start("agent", os.path.join(build, "pue-agent"), "run", "--config.file", config,
                                      "--web.listen-address", f"127.0.0.1:{self.port}", "--log.level", "error")
        wait_for("the agent", lambda: http(f"http://127.0.0.1:{self.port}/-/healthy")[0] == 200, 60)
        self.devices = devices

    def look(self):
        """Age by device, and values taken since the start."""
        text = http(f"http://127.0.0.1:{self.port}/metrics", 30)[1]
        now = time.time()
        ages = {device: now - float(at) for device, at in self.SUCCESS.findall(text)}
        samples = self.SAMPLES.search(text)
        return ages, float(samples.group(1)) if samples else 0.0


class Collectd:
    """collectd with its modbus plugin and write_prometheus, as Debian ships them."""

    name = "collectd"
    SERIES = re.compile(r'^collectd_modbus_gauge\{([^}]*)\} (\S+) (\d+)', re.M)
    HOST = re.compile(r'instance="([^"]*)"')

    def __init__(self, programs, build, load_options, devices):
        del build, load_options
        self.port = free_port()
        data = "".join(f'<Data "v{i}">\nRegisterBase {2 * i}\nRegisterType Float\nType gauge\nInstance "v{i}"\n</Data>\n'
                       for i in range(VALUES))
        collect = "".join(f'Collect "v{i}"\n' for i in range(VALUES))
        hosts = "".join(f'<Host "d{i}">\nAddress "127.0.0.1"\nPort "{port}"\nInterval 1\n<Slave 1>\nInstance "s"\n'
                        f'{collect}</Slave>\n</Host>\n' for i, port in enumerate(devices))
        config = programs.write("collectd.conf", f"""
Hostname bench
FQDNLookup false
Interval 1
BaseDir "{programs.path}"
PIDFile "{programs.path}/collectd.pid"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin modbus
LoadPlugin write_prometheus
<Plugin write_prometheus>
Port "{self.port}"
</Plugin>
<Plugin modbus>
{data}{hosts}</Plugin>
""")
        self.process = programs.start("collectd", "/usr/sbin/collectd", "-f", "-C", config)
        wait_for("collectd", lambda: http(f"http://127.0.0.1:{self.port}/metrics")[0] == 200, 60)
        self.latest = {}
        self.updates = 0

    def look(self):
        text = http(f"http://127.0.0.1:{self.port}/metrics", 60)[1]
        now = time.time()
        ages = {}
        for labels, _, stamp in self.SERIES.findall(text):
            if self.latest.get(labels) != stamp:
                self.latest[labels] = stamp
                self.updates += 1
            host = self.HOST.search(labels).group(1)
            ages[host] = max(ages.get(host, 0.0), now - int(stamp) / 1000)
        return ages, float(self.updates)


def measure(subject, healthy, seconds, warm_up):
    """Figures of `seconds` after `warm_up`: values per CPU second, CPU, memory, freshness of the healthy devices."""
    end = time.monotonic() + warm_up
    while time.monotonic() < end:
        subject.look()
        time.sleep(1)
    pid = subject.process.pid
    _, values = subject.look()
    cpu, begin = cpu_seconds(pid), time.monotonic()
    fresh, worst, looks = 0, 0.0, 0
    while time.monotonic() - begin < seconds:
        time.sleep(max(0.0, 1 - (time.monotonic() - begin) % 1))
        ages, latest = subject.look()
        looks += 1
        young = sorted(ages.values())[:healthy]
        fresh += sum(1 for age in young if age < FRESH_SECONDS)
        worst = max([worst, *young]) if len(young) == healthy else float("inf")
    elapsed = time.monotonic() - begin
    used = cpu_seconds(pid) - cpu
    return {"values": (latest - values) / elapsed, "cpu": used / elapsed, "per_cpu": (latest - values) / max(used, 1e-9),
            "memory": resident_megabytes(pid), "fresh": fresh / (looks * healthy), "worst": worst}


def one(build, kind, count, silent, seconds):
    with Programs() as programs:
        base = 21000
        ports = range(base, base + count)
        options = ["--load", count, "--values", VALUES, "--base-port", base, "--silent", silent]
        programs.start("plant", os.path.join(build, "pue-plant"), *options)
        time.sleep(2 + count / 2000)
        subject = kind(programs, build, options, ports)
        return measure(subject, count - silent, seconds, warm_up=8 if count <= 500 else 15)


def row(kind, count, silent, figures):
    worst = "never" if figures["worst"] == float("inf") else f"{figures['worst']:.1f} s"
    print(f"| {kind.name} | {count} | {silent} | {figures['values']:,.0f} | {100 * figures['cpu']:.2f} % | "
          f"{figures['per_cpu']:,.0f} | {figures['memory']:.1f} MB | {100 * figures['fresh']:.1f} % | {worst} |",
          flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--quick", action="store_true", help="100 devices only")
    parser.add_argument("--large", action="store_true", help="the agent alone, on 500 devices and more")
    arguments = parser.parse_args()
    build = os.path.abspath(arguments.build)
    print("| | devices | silent | values/s | CPU | values per CPU second | resident | healthy fresh | worst age |")
    print("|---|---|---|---|---|---|---|---|---|")
    ratios = {}
    beside_collectd = [(100, 0)] if arguments.quick else [(100, 0), (100, 10), (100, 30), (100, 50), (500, 0)]
    for count, silent in [] if arguments.large else beside_collectd:
        figures = {}
        for kind in (Collectd, Agent):
            figures[kind.name] = one(build, kind, count, silent, arguments.seconds)
            row(kind, count, silent, figures[kind.name])
        ratios[count, silent] = figures["pue-agent"]["per_cpu"] / figures["collectd"]["per_cpu"]
    if not arguments.quick:
        for count, silent in [(500, 50), (500, 150), (500, 250), (2000, 0), (5000, 0), (5000, 2500)]:
            row(Agent, count, silent, one(build, Agent, count, silent, arguments.seconds))
    print()
    for (count, silent), ratio in ratios.items():
        print(f"{count} devices, {silent} silent: the agent reads {ratio:.1f} times as many values per CPU second")


main()
