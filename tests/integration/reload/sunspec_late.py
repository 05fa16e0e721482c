"""A SunSpec device whose registers nobody knows until it answers: it is away when the agent starts, and taken in when it
comes; then it is exchanged, and known by the text of its serial number; then the agent is told of a second one."""

import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, free_block, free_port, http, output_of, rows_of, wait_for
from sunspec_meter import SunspecMeter

AGENT = os.path.join(os.path.abspath(sys.argv[1]), "pue-agent")

SITE = """
[facility]
name = "sunspec"
[defaults]
interval = "1s"
[ledger]
path = "ledger.db"
commit_interval = "1s"
"""
METER = """
[device.{name}]
url = "tcp://127.0.0.1:{port}"
profile = "sunspec"
[[meter]]
name = "{name}"
device = "{name}"
role = "{role}"
"""


def samples(port):
    found = {}
    for line in http(f"http://127.0.0.1:{port}/metrics")[1].splitlines():
        if line and not line.startswith("#"):
            series, number = line.rsplit(" ", 1)
            found[series] = float(number)
    return found


def power(port, meter):
    return next((value for series, value in samples(port).items()
                 if series.startswith("pue_meter_power_watts{") and f'meter="{meter}"' in series), None)


def main():
    with Programs() as programs:
        base, port = free_block(3), free_port()
        grid = SunspecMeter(base, 120_000, "SN-0001")
        it = SunspecMeter(base + 1, 100_000, "SN-0002")
        second = SunspecMeter(base + 2, 30_000, "SN-0009")
        it.start()
        text = SITE + METER.format(name="grid", port=base, role="grid") + METER.format(name="it", port=base + 1, role="it.ups")
        config = programs.write("site.toml", text)
        agent = programs.start("agent", AGENT, "run", "--config.file", config, "--web.listen-address", f"127.0.0.1:{port}")
        wait_for("the agent", lambda: http(f"http://127.0.0.1:{port}/-/healthy")[0] == 200)
        wait_for("the device that is there", lambda: power(port, "it") == 100_000)
        assert power(port, "grid") is None
        grid.start()
        wait_for("the device that was away", lambda: power(port, "grid") == 120_000, 90)
        print("ok   a SunSpec device that was away at the start is taken in when it answers")

        def events(kind):
            sql = f"SELECT detail FROM event WHERE kind = '{kind}' ORDER BY batch, n"
            return [json.loads(row[0]) for row in rows_of(os.path.join(programs.path, "ledger.db"), sql)]

        grid.stop()
        wait_for("its silence", lambda: power(port, "grid") is None)
        grid.serial, grid.watt_hours = "SN-0003", 900_000.0
        grid.start()
        [told] = wait_for("the exchange", lambda: events("device-replaced"))
        assert (told["serial_before"], told["serial_after"]) == ("SN-0001", "SN-0003"), told
        energy = sum(value for series, value in samples(port).items() if series.startswith("pue_meter_energy_joules_total{"))
        assert energy < 120_000 * 300, energy
        print("ok   another serial number is another meter:", told["serial_before"], "became", told["serial_after"])

        second.start()
        programs.write("site.toml", text + METER.format(name="second", port=base + 2, role="grid"))
        agent.send_signal(signal.SIGHUP)
        wait_for("all devices", lambda: [power(port, meter) for meter in ("grid", "it", "second")] ==
                 [120_000, 100_000, 30_000])
        wait_for("the ratio", lambda: any(series.startswith("pue_instant_ratio{") and value == 1.5
                                          for series, value in samples(port).items()))
        assert len(events("device-replaced")) == 1
        print("ok   a new SunSpec device is asked when the configuration is read again, the old one is not lost")
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(timeout=15) == 0
        output_of(AGENT, "verify", "--config.file", config)


if __name__ == "__main__":
    main()
