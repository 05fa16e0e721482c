"""The whole way of a reading: simulated devices on real Modbus, the agent, a real Prometheus.

The PUE that Prometheus ends up with must be the plant's own, within the meters' resolution; each expression of the
dashboard must find something; a meter that falls silent must withhold the figure and be named."""

import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, free_block, free_port, get_json, http, output_of, query, value, wait_for

BUILD = os.path.abspath(sys.argv[1])
AGENT = os.path.join(BUILD, "pue-agent")
PLANT = os.path.join(BUILD, "pue-plant")
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))

PROMETHEUS_CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{root}/dashboards/prometheus/pue-agent.rules.yml]
scrape_configs:
  - job_name: pue-agent
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
"""


def close(name, got, expected, relative):
    assert got is not None, f"{name} is absent"
    assert abs(got / expected - 1) <= relative, f"{name}: {got}, but the plant says {expected}"
    print(f"ok   {name}: {got:.5g}, plant {expected:.5g}")


def start_site(programs):
    base, truth_port, port = free_block(64), free_port(), free_port()
    rtu = os.path.join(programs.path, "rtu")
    options = ["--base-port", base, "--rtu-link", rtu]
    config = programs.write("agent.toml", output_of(PLANT, *options, "--print-agent-config"))
    programs.start("plant", PLANT, *options, "--truth.listen-address", f"127.0.0.1:{truth_port}")
    truth = f"http://127.0.0.1:{truth_port}"
    wait_for("the plant", lambda: get_json(truth + "/"))
    output_of(AGENT, "check", "--config.file", config)
    started = time.monotonic()
    agent = programs.start("agent", AGENT, "run", "--config.file", config, "--web.listen-address", f"127.0.0.1:{port}")
    address = f"http://127.0.0.1:{port}"
    wait_for("the agent to be ready", lambda: http(address + "/-/ready")[0] == 200, every=0.02)
    print(f"ok   ready {time.monotonic() - started:.2f} s after its start")
    return agent, address, truth, port


def start_prometheus(programs, port):
    own = free_port()
    config = programs.write("prometheus.yml", PROMETHEUS_CONFIG.format(root=ROOT, port=port))
    programs.start("prometheus", "prometheus", f"--config.file={config}",
                   f"--storage.tsdb.path={programs.path}/tsdb", f"--web.listen-address=127.0.0.1:{own}")
    prometheus = f"http://127.0.0.1:{own}"
    wait_for("Prometheus", lambda: http(prometheus + "/-/ready")[0] == 200)
    wait_for("the first scrape", lambda: value(prometheus, 'up{job="pue-agent"}') == 1.0)
    return prometheus


def pue_is_the_plants_own(prometheus, truth):
    wait_for("a 15 m PUE", lambda: value(prometheus, 'pue_ratio{measured_at="ups",window="15m"}'), 60)
    joules = value(prometheus, "pue_total_energy_joules_total")
    time.sleep(20)
    now = get_json(truth + "/")
    close("instant ratio", value(prometheus, 'pue_instant_ratio{measured_at="ups"}'), now["instant_pue"], 0.002)
    close("PUE of 15 m", value(prometheus, 'pue_ratio{measured_at="ups",window="15m"}'), now["pue"], 0.005)
    close("facility power", value(prometheus, "pue_total_power_watts"), now["total_watts"], 0.002)
    close("IT power", value(prometheus, 'pue_it_power_watts{measured_at="ups"}'), now["it_watts"], 0.002)
    # Energy is published by whole buckets of ten seconds: the growth is that of a whole number of them.
    grown = value(prometheus, "pue_total_energy_joules_total") - joules
    buckets = round(grown / (10 * now["total_watts"]))
    assert buckets in (1, 2, 3), grown
    close("facility energy of a bucket", grown / buckets, 10 * now["total_watts"], 0.01)
    factor = value(prometheus, 'pue_grid_intensity_grams_per_joule{method="location"}')
    close("carbon per energy", value(prometheus, "pue_co2_grams_total") / value(prometheus, "pue_total_energy_joules_total"),
          factor, 0.01)
    assert now["write_attempts"] == 0, "something tried to write to a device"


def categories_are_in_order(prometheus):
    ups, pdu, rack = (value(prometheus, f'pue_instant_ratio{{measured_at="{m}"}}') for m in ("ups", "pdu", "rack"))
    assert 1.0 < ups < pdu < rack < 2.5, (ups, pdu, rack)
    print(f"ok   PUE categories 1, 2, 3: {ups:.3f} {pdu:.3f} {rack:.3f}")
    residuals = query(prometheus, "abs(pue_balance_residual_ratio)")
    assert residuals, "no balance residual"
    for residual in residuals:
        assert float(residual["value"][1]) < 0.05, residual


def exposition_is_clean(address):
    text = http(address + "/metrics")[1]
    check = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, timeout=30)
    assert check.returncode == 0, check.stdout + check.stderr
    print(f"ok   promtool finds nothing in {len(text.splitlines())} lines")


def dashboard_finds_something_everywhere(prometheus):
    with open(os.path.join(ROOT, "dashboards", "grafana", "facility.json"), encoding="utf-8") as file:
        dashboard = json.load(file)
    facility = query(prometheus, "pue_facility_info")[0]["metric"]["facility"]
    values = {"facility": facility, "measured_at": "ups", "job": ".*", "instance": ".*", "__rate_interval": "15s"}
    expressions = [t["expr"] for p in dashboard["panels"] for t in p.get("targets", [])]
    assert len(expressions) > 20
    for expression in expressions:
        filled = re.sub(r"\$(\w+)", lambda m: values[m.group(1)], expression)
        wait_for(f"anything for {filled}", lambda: query(prometheus, filled), 30, 0.5)
    print(f"ok   {len(expressions)} expressions of the dashboard find something")
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        name, label = re.match(r"label_values\((.*), (\w+)\)", variable["definition"]).groups()
        series = query(prometheus, re.sub(r"\$(\w+)", lambda m: values[m.group(1)], name))
        assert any(label in s["metric"] for s in series), variable["definition"]


def rules_load(prometheus):
    groups = get_json(prometheus + "/api/v1/rules")["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) >= 8 and all(rule["health"] in ("ok", "unknown") for rule in rules), rules
    print(f"ok   {len(rules)} rules load and evaluate")


def silent_meter_withholds_the_figure(prometheus, address, truth):
    facility = get_json(address + "/api/v1/facility")
    meters = [m for m in query(prometheus, "pue_meter_info") if m["metric"]["role"] == "it.ups"]
    device, meter = meters[0]["metric"]["device"], meters[0]["metric"]["meter"]
    http(f"{truth}/fault?device={device}&kind=silence&for=12", data=b"", method="POST")
    wait_for("the instant ratio to go", lambda: not query(prometheus, 'pue_instant_ratio{measured_at="ups"}'), 12)
    assert value(prometheus, f'pue_meter_valid{{meter="{meter}"}}') == 0.0
    assert not query(prometheus, 'pue_it_power_watts{measured_at="ups"}'), "a sum over fewer members than configured"
    withheld = json.dumps(get_json(address + "/api/v1/facility"))
    assert meter in withheld, withheld
    wait_for("the device to be down", lambda: value(prometheus, f'pue_device_up{{device="{device}"}}') == 0.0, 12)
    assert query(prometheus, 'pue_instant_ratio{measured_at="rack"}'), "the other categories must stay"
    print(f"ok   {meter} falls silent: PUE of its category is withheld and the meter is named")
    wait_for("the ratio to return", lambda: query(prometheus, 'pue_instant_ratio{measured_at="ups"}'), 30)
    print("ok   it returns within a probe period")
    assert facility


def ends_cleanly(agent):
    begin = time.monotonic()
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(timeout=10) == 0
    took = time.monotonic() - begin
    assert took < 5, took
    print(f"ok   ends {took:.2f} s after SIGTERM")


with Programs() as programs:
    agent, address, truth, port = start_site(programs)
    prometheus = start_prometheus(programs, port)
    pue_is_the_plants_own(prometheus, truth)
    categories_are_in_order(prometheus)
    exposition_is_clean(address)
    dashboard_finds_something_everywhere(prometheus)
    rules_load(prometheus)
    silent_meter_withholds_the_figure(prometheus, address, truth)
    ends_cleanly(agent)
