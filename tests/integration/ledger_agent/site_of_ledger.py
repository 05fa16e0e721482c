"""A simulated facility and an agent that keeps a ledger of it."""

import json
import os
import sys
import time
import tomllib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import free_block, free_port, get_json, http, output_of, rows_of, wait_for

BUILD = os.path.abspath(sys.argv[1])
AGENT = os.path.join(BUILD, "pue-agent")
PLANT = os.path.join(BUILD, "pue-plant")
TOTAL = 'pue_meter_energy_joules_total{facility="plant-modern",meter="utility-a",category="grid"}'


class Site:
    def __init__(self, programs, ledger=None):
        self.programs = programs
        self.ledger = ledger or os.path.join(programs.path, "ledger.db")
        base, truth, self.port = free_block(64), free_port(), free_port()
        options = ["--base-port", base, "--rtu-link", os.path.join(programs.path, "rtu")]
        keys = f'\n[ledger]\npath = "{self.ledger}"\ncommit_interval = "1s"\n'
        keys += f'key_file = "{os.path.join(programs.path, "ledger.key")}"\n'
        self.config = programs.write("agent.toml", output_of(PLANT, *options, "--print-agent-config") + keys)
        programs.start("plant", PLANT, *options, "--truth.listen-address", f"127.0.0.1:{truth}")
        self.truth = f"http://127.0.0.1:{truth}"
        wait_for("the plant", lambda: get_json(self.truth + "/"))
        self.address = f"http://127.0.0.1:{self.port}"
        self.agent = None

    def start(self, env=None):
        self.agent = self.programs.start("agent", AGENT, "run", "--config.file", self.config, "--web.listen-address",
                                         f"127.0.0.1:{self.port}", env=env)

    def ready(self):
        wait_for("the agent", lambda: http(self.address + "/-/ready")[0] == 200, every=0.02)

    def metrics(self):
        """Samples by series, as text has them."""
        samples = {}
        for line in http(self.address + "/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                series, number = line.rsplit(" ", 1)
                samples[series] = float(number)
        return samples

    def query(self, sql):
        return rows_of(self.ledger, sql)

    def registers(self, most=6):
        """Of some meters with a register of their own on TCP: joules by meter, read from the devices beside the agent."""
        with open(self.config, "rb") as file:
            config = tomllib.load(file)
        registers = {}
        for meter in config["meter"]:
            device = config["device"].get(meter.get("device"), {})
            bus = config["bus"].get(device.get("bus"), {})
            if meter.get("share", 1.0) != 1.0 or "ct_ratio" in meter or not bus.get("url", "").startswith("tcp://"):
                continue
            read = json.loads(output_of(AGENT, "read", f"{bus['url']}/{device['unit']}", "--profile", device["profile"],
                                        "--output", "json"))
            for point in read["points"]:
                if point["name"] == "energy_active_import_total" and point["value"] is not None:
                    registers[meter["name"]] = point["value"]
            if len(registers) == most:
                break
        return registers


def wait_for_health(site, healthy):
    wait_for(f"healthy {healthy}", lambda: site.metrics()["pue_agent_ledger_healthy"] == healthy, 20)


def stands_still_and_lives(site, what):
    first = site.metrics()
    time.sleep(3)
    second = site.metrics()
    assert second[TOTAL] == first[TOTAL], f"{what}: the total moved although nothing was durable"
    assert second["pue_agent_samples_total"] > first["pue_agent_samples_total"], f"{what}: telemetry stopped"
    assert second['pue_total_power_watts{facility="plant-modern"}'] > 0, what
    assert http(site.address + "/-/healthy")[0] == 200, what
    print(f"ok   {what}: telemetry goes on, totals stand still at {second[TOTAL]:.0f} J")
    return second[TOTAL]


def comes_back(site, still, what):
    wait_for_health(site, 1)
    wait_for("the total to go on", lambda: site.metrics()[TOTAL] > still, 20)
    assert site.agent.poll() is None, "the agent died"
    output_of(AGENT, "verify", "--ledger", site.ledger)
    print(f"ok   {what}: the totals go on and the ledger verifies")
