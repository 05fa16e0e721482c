"""The agent against the programs that read BMCs today, on the same simulated BMCs, in the same run: ipmitool and FreeIPMI
started for each poll, Debian's prometheus-ipmi-exporter, and collectd's ipmi plugin.

    /usr/bin/python3 tests/bench/ipmi/bench.py build/release [--seconds N]

Needs root: collectd's plugin knows no other port than 623. Programs that are not installed are left out and named. Prints
tables in Markdown; CPU is of the program and all it starts. The programs that stay are scraped every ten seconds, and that
is in their figures."""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(__file__), "..", "..", "integration"), os.path.join(os.path.dirname(__file__), "..")]
from process import cpu_seconds, cpu_seconds_with_children, resident_megabytes
from support import Programs, free_block, free_port, get_json, http, output_of, wait_for

PORT = 623
USER, PASSWORD = "monitor", "simulated-bmc"
INTERVAL = 10
CALLS = 20
SCRAPE_SECONDS = 10


def address(index):
    return f"127.10.{index // 250}.{index % 250 + 1}"


def start_bmcs(programs, build, count, silent=0, make="plain"):
    programs.start("plant", os.path.join(build, "pue-plant"), "--load-bmcs", count, "--silent", silent, "--make", make,
                   "--base-port", PORT, "--sessions", 8)
    wait_for("the BMCs", lambda: "BMCs on" in programs.log("plant"), 60)


def cpu_of_calls(calls):
    """CPU seconds of each of `calls`, lists of commands that must succeed, on average."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for commands in calls:
        for command in commands:
            subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / len(calls)


def ipmitool(*arguments):
    def of(index):
        login = ["ipmitool", "-I", "lanplus", "-C", 17, "-L", "USER", "-H", address(index), "-U", USER, "-P", PASSWORD]
        return [login + list(command) for command in arguments]
    return cpu_of_calls([of(index) for index in range(CALLS)])


def freeipmi():
    def of(index):
        return [["ipmi-dcmi", "-h", address(index), "-D", "LAN_2_0", "-I", 17, "-u", USER, "-p", PASSWORD, "-l", "user",
                 "--get-system-power-statistics"]]
    return cpu_of_calls([of(index) for index in range(CALLS)])


def exporter(programs):
    """prometheus-ipmi-exporter with sensors and DCMI; the first scrape of a BMC, which reads its SDRs, is not counted."""
    config = programs.write("exporter.yml", f"""
modules:
  default:
    user: "{USER}"
    pass: "{PASSWORD}"
    driver: "LAN_2_0"
    privilege: "user"
    timeout: 10000
    collectors: [ipmi, dcmi]
    workaround_flags: []
    collector_cmd: {{}}
    custom_args:
      ipmi: ["--cipher-suite-id=17"]
      dcmi: ["--cipher-suite-id=17"]
""")
    port = free_port()
    process = programs.start("exporter", shutil.which("prometheus-ipmi-exporter"), f"--config.file={config}",
                             f"--web.listen-address=127.0.0.1:{port}")
    wait_for("the exporter", lambda: http(f"http://127.0.0.1:{port}/metrics")[0] == 200)

    def scrape(index):
        text = http(f"http://127.0.0.1:{port}/ipmi?target={address(index)}&module=default", 60)[1]
        assert re.search(r'^ipmi_up\{collector="dcmi"\} 1$', text, re.M), text
        assert re.search(r'^ipmi_up\{collector="ipmi"\} 1$', text, re.M), text

    for index in range(CALLS):
        scrape(index)
    before = cpu_seconds_with_children(process.pid)
    for index in range(CALLS):
        scrape(index)
    return (cpu_seconds_with_children(process.pid) - before) / CALLS


class Agent:
    name = "pue-agent"
    POLLS = re.compile(r'^pue_device_polls_total\{[^}]*\} (\S+)', re.M)
    UP = re.compile(r'^pue_device_up\{device="([^"]*)"\} 1$', re.M)
    SUCCESS = re.compile(r'^pue_device_last_success_timestamp_seconds\{device="([^"]*)"\} (\S+)', re.M)

    def __init__(self, programs, build, count, interval=INTERVAL):
        programs.write("password", PASSWORD)
        os.chmod(os.path.join(programs.path, "password"), 0o600)
        programs.write("hosts.csv", "host,name\n" + "".join(f"{address(i)},bmc-{i}\n" for i in range(count)))
        config = programs.write("agent.toml", f"""
[facility]
name = "bench"
[engine]
max_series = 200000
[fleet.bench]
hosts_file = "hosts.csv"
username = "{USER}"
password_file = "password"
interval = "{interval}s"
cipher_suites = [17]
""")
        self.port = free_port()
        self.process = programs.start("agent", os.path.join(build, "pue-agent"), "run", "--config.file", config,
                                      "--web.listen-address", f"127.0.0.1:{self.port}", "--log.level", "error")
        wait_for("the agent", lambda: http(f"http://127.0.0.1:{self.port}/-/healthy")[0] == 200, 60)

    def all_answer(self, count):
        return len(self.UP.findall(self.page())) == count

    def page(self):
        return http(f"http://127.0.0.1:{self.port}/metrics", 60)[1]

    def look(self):
        """Polls so far, and the age of the oldest answer among those that answer."""
        page, now = self.page(), time.time()
        polls = sum(float(value) for value in self.POLLS.findall(page))
        return polls, max(now - float(at) for _, at in self.SUCCESS.findall(page))


class Collectd:
    name = "collectd ipmi"

    def __init__(self, programs, build, count, interval=INTERVAL):
        del build
        self.port = free_port()
        instances = "".join(f'<Instance "bmc-{i}">\nAddress "{address(i)}"\nUsername "{USER}"\nPassword "{PASSWORD}"\n'
                            f'AuthType "rmcp+"\nHost "bmc-{i}"\n</Instance>\n' for i in range(count))
        config = programs.write("collectd.conf", f"""
Hostname bench
FQDNLookup false
Interval {interval}
BaseDir "{programs.path}"
PIDFile "{programs.path}/collectd.pid"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin ipmi
LoadPlugin write_prometheus
<Plugin write_prometheus>
Port "{self.port}"
</Plugin>
<Plugin ipmi>
{instances}</Plugin>
""")
        self.process = programs.start("collectd", "/usr/sbin/collectd", "-f", "-C", config)
        wait_for("collectd", lambda: http(f"http://127.0.0.1:{self.port}/metrics")[0] == 200, 60)

    def page(self):
        return http(f"http://127.0.0.1:{self.port}/metrics", 60)[1]

    def all_answer(self, count):
        return len(set(re.findall(r'instance="([^"]*)"', self.page())) - {"bench"}) >= count

    def look(self):
        """Reads that each BMC had, by the newest time stamp of its sensors. All BMCs are read at the same time, so the age
        of the oldest reading would tell when the page was looked at."""
        newest = {}
        for labels, stamp in re.findall(r'^collectd_ipmi_\w+\{([^}]*)\} \S+ (\d+)', self.page(), re.M):
            host = re.search(r'instance="([^"]*)"', labels).group(1)
            newest[host] = max(newest.get(host, 0), int(stamp))
        return sum(newest.values()) / 1000 / INTERVAL, None


def steady(kind, programs, build, count, seconds, silent=0, interval=INTERVAL):
    subject = kind(programs, build, count, interval)
    wait_for(f"all of {kind.name}'s BMCs", lambda: subject.all_answer(count - silent), 180, every=1)
    time.sleep(2 * interval)
    pid = subject.process.pid
    polls, oldest = subject.look()
    cpu, begin = cpu_seconds(pid), time.monotonic()
    while time.monotonic() - begin < seconds:
        time.sleep(SCRAPE_SECONDS)
        latest, age = subject.look()
        oldest = max(oldest, age) if age else None
    used, elapsed = cpu_seconds(pid) - cpu, time.monotonic() - begin
    done = latest - polls
    return {"polls": done / elapsed, "cpu": used / elapsed, "each": used / max(done, 1e-9),
            "memory": resident_megabytes(pid), "oldest": oldest}


def reboots(build):
    """How long after they answer again servers are shown as up, in seconds: the simulated facility's servers, all of which
    are silent for fifteen seconds and have forgotten their sessions then."""
    silent = 15.0
    with Programs() as programs:
        base, web, truth = free_block(40), free_port(), free_port()
        options = ["--base-port", base, "--rtu-link", os.path.join(programs.path, "line")]
        plant = os.path.join(build, "pue-plant")
        config = programs.write("agent.toml", output_of(plant, *options, "--print-agent-config", "--bmc-password-out",
                                                        os.path.join(programs.path, "bmc-password")))
        programs.start("plant", plant, *options, "--truth.listen-address", f"127.0.0.1:{truth}")
        nodes = wait_for("the plant", lambda: list(get_json(f"http://127.0.0.1:{truth}/")["bmcs"]))
        programs.start("agent", os.path.join(build, "pue-agent"), "run", "--config.file", config, "--web.listen-address",
                       f"127.0.0.1:{web}", "--log.level", "error")
        up = lambda: set(Agent.UP.findall(http(f"http://127.0.0.1:{web}/metrics")[1])) & set(nodes)
        wait_for("all servers", lambda: len(up()) == len(nodes), 60)
        begun = {}
        for node in nodes:
            http(f"http://127.0.0.1:{truth}/fault?device={node}&kind=reboot&value={silent * 1000:g}", data=b"",
                 method="POST")
            begun[node] = time.monotonic()
        wait_for("all to be missed", lambda: not up(), silent)
        back = {}
        while len(back) < len(nodes) and time.monotonic() < begun[nodes[-1]] + silent + 30:
            for node in up() - set(back):
                back[node] = time.monotonic() - begun[node] - silent
            time.sleep(0.05)
        assert len(back) == len(nodes), set(nodes) - set(back)
        return sorted(back.values())


def row(name, count, silent, interval, figures):
    oldest = f"{figures['oldest']:.1f} s" if figures["oldest"] else ""
    print(f"| {name} | {count:,} | {silent:,} | {interval} s | {figures['polls']:,.1f} | {100 * figures['cpu']:.2f} % | "
          f"{1e6 * figures['each']:,.0f} us | {oldest} | {figures['memory']:.1f} MB |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    build = os.path.abspath(arguments.build)

    each = {}
    with Programs() as programs:
        start_bmcs(programs, build, CALLS)
        if shutil.which("ipmitool"):
            each["ipmitool sdr, dcmi power reading"] = ipmitool(["sdr"], ["dcmi", "power", "reading"])
            each["ipmitool dcmi power reading"] = ipmitool(["dcmi", "power", "reading"])
        if shutil.which("ipmi-dcmi"):
            each["FreeIPMI ipmi-dcmi"] = freeipmi()
        if shutil.which("prometheus-ipmi-exporter"):
            each["prometheus-ipmi-exporter, ipmi and dcmi"] = exporter(programs)
    has_collectd = shutil.which("collectd", path=os.environ["PATH"] + ":/usr/sbin")
    left_out = [program for program in ("ipmitool", "ipmi-dcmi", "prometheus-ipmi-exporter") if not shutil.which(program)]
    left_out += [] if has_collectd else ["collectd"]
    if left_out:
        print("not installed, left out:", ", ".join(left_out), file=sys.stderr)

    print("| a session kept open | BMCs | silent | interval | polls/s | CPU | CPU a poll | oldest reading | resident |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    own = {}
    beside = [(Collectd, 100, 0, INTERVAL, "plain")] if has_collectd else []
    alone = [(100, 0, INTERVAL, "plain"), (1000, 0, 60, "plain"), (1000, 0, INTERVAL, "plain"),
             (1000, 300, INTERVAL, "plain"), (5000, 0, INTERVAL, "plain"), (5000, 2500, INTERVAL, "plain"),
             (5000, 0, INTERVAL, "all")]
    for kind, count, silent, interval, make in beside + [(Agent, *case) for case in alone]:
        with Programs() as programs:
            start_bmcs(programs, build, count, silent, make)
            figures = steady(kind, programs, build, count, max(arguments.seconds, interval), silent, interval)
        row(kind.name + (", all makes" if make == "all" else ""), count, silent, interval, figures)
        if kind is Agent and silent == 0 and interval == INTERVAL and make == "plain":
            own[count] = figures["each"]
    print()
    print("| a process for each poll | CPU a poll | " +
          " | ".join(f"times the agent's at {count:,}" for count in own) + " |")
    print("|---|---:|" + "---:|" * len(own))
    for name, seconds in each.items():
        print(f"| {name} | {1e3 * seconds:.1f} ms | " + " | ".join(f"{seconds / mine:,.0f}" for mine in own.values()) +
              " |")
    print()
    back = reboots(build)
    print(f"{len(back)} servers restarted: up again {back[0]:.1f} to {back[-1]:.1f} s after they answer, "
          f"median {back[len(back) // 2]:.1f} s")


main()
