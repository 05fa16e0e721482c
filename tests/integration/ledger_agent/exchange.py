"""A meter is taken out and another one put in: simulated devices go silent, come back with other serial numbers and other
counts, and the ledger tells the exchange instead of booking the difference of two registers. Once beside the running
agent, once while it is down, once by a device whose name in the configuration changed."""

import datetime
import json
import signal
import tomllib

from site_of_ledger import AGENT, Site
from support import Programs, http, output_of, wait_for

# Serial numbers that are a number on TCP, a text on TCP, and a number on the serial line.
METERS = ["chillers-1", "towers", "crah-1"]
QUICK = ["chillers-1", "crah-1"]  # whose registers move every second; the towers' moves every minute and a half
MOST = 1e6  # watts: several times what any of them takes


def events(site, kind):
    rows = site.query(f"SELECT subject, detail FROM event WHERE kind = '{kind}' ORDER BY batch, n")
    return [(subject, json.loads(detail)) for subject, detail in rows]


def exchanges(site):
    """The events of exchange by meter."""
    found = {meter: [] for meter in METERS}
    for subject, detail in events(site, "device-replaced"):
        found[subject].append(detail)
    return found


def figures(site, metric):
    samples = site.metrics()
    return {meter: value for meter in METERS for series, value in samples.items()
            if series.startswith(metric + "{") and f'meter="{meter}"' in series}


def committed(site):
    rows = site.query("SELECT name, measured + integrated + substituted FROM account")
    return {name: joules for name, joules in rows if name in METERS}


def fault(site, device, kind, seconds=0):
    status, _ = http(f"{site.truth}/fault?device={device}&kind={kind}&for={seconds}", method="POST", data=b"")
    assert status == 200, status


def register(site, meter):
    """Joules that the device's register says, read beside the agent."""
    with open(site.config, "rb") as file:
        config = tomllib.load(file)
    device = config["device"][meter]
    read = json.loads(output_of(AGENT, "read", f"{config['bus'][device['bus']]['url']}/{device['unit']}", "--profile",
                                device["profile"], "--output", "json"))
    return next(point["value"] for point in read["points"] if point["name"] == "energy_active_import_total")


def stop(site):
    site.agent.send_signal(signal.SIGTERM)
    assert site.agent.wait(timeout=15) == 0


def start(site):
    site.start()
    site.ready()


def counts_on(site, before, seconds):
    """Waits until every meter counts again, and holds what it counted against what its circuit can carry."""
    def all_grow():
        now = figures(site, "pue_meter_energy_joules_total")
        return len(now) == len(METERS) and all(now[meter] > before[meter] for meter in QUICK) and now
    now = wait_for("energy of the new meters", all_grow)
    for meter in METERS:
        assert 0 <= now[meter] - before[meter] < MOST * seconds, (meter, before[meter], now[meter])


def main():
    with Programs() as programs:
        site = Site(programs)
        start(site)
        wait_for("energy", lambda: len(figures(site, "pue_meter_energy_joules_total")) == len(METERS))
        wait_for("what is committed", lambda: len(committed(site)) == len(METERS) and all(committed(site)[meter] > 0 for meter in QUICK))

        before = figures(site, "pue_meter_energy_joules_total")
        for meter in METERS:
            fault(site, meter, "silence", 3)
            fault(site, meter, "meter-swap")
        wait_for("the exchanges", lambda: all(len(told) == 1 for told in exchanges(site).values()))
        first = exchanges(site)
        for meter, [told] in first.items():
            assert told["serial_before"] != told["serial_after"], (meter, told)
            print(f"ok   {meter} beside the running agent: {told['serial_before']} became {told['serial_after']}")
        assert str(first["towers"][0]["serial_after"]).startswith("PLT"), first["towers"]
        wait_for("a reset each", lambda: set(figures(site, "pue_meter_resets_total").values()) == {1.0})
        counts_on(site, before, 40)

        stop(site)
        before = committed(site)
        for meter in METERS:
            fault(site, meter, "meter-swap")
        start(site)
        wait_for("the exchanges", lambda: all(len(told) == 2 for told in exchanges(site).values()))
        for meter, told in exchanges(site).items():
            assert told[1]["serial_before"] == told[0]["serial_after"], (meter, told)
        counts_on(site, before, 60)
        print("ok   exchanged while the agent was down")

        stop(site)
        start(site)
        counts_on(site, committed(site), 60)
        assert all(len(told) == 2 for told in exchanges(site).values()), exchanges(site)
        print("ok   the same meters after a restart are the same meters")

        stop(site)
        before = committed(site)
        reading = register(site, "chillers-1")
        fault(site, "chillers-1", "meter-swap")
        output_of(AGENT, "meter", "replace", "--config.file", site.config, "--meter", "chillers-1",
                  "--old-reading", f"{reading / 3.6e6:.6f}", "--new-reading", "12.3", "--new-serial", "on the plate",
                  "--person", "test", "--reason", "exchange", "--time",
                  datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds"))
        start(site)
        counts_on(site, before, 60)
        assert all(len(told) == 2 for told in exchanges(site).values()), exchanges(site)
        assert register(site, "chillers-1") > 12.3 * 3.6e6
        resets_now = figures(site, "pue_meter_resets_total")["chillers-1"]
        assert resets_now == 2, resets_now
        print("ok   an exchange that was told by hand is not found a second time")

        stop(site)
        before = committed(site)
        with open(site.config, encoding="utf-8") as file:
            config = file.read()
        renamed = config.replace("[device.chillers-1]", "[device.new-meter]").replace('device = "chillers-1"',
                                                                                      'device = "new-meter"')
        assert renamed != config
        programs.write("agent.toml", renamed)
        # An act by hand puts the new configuration in force before the agent does.
        old = programs.write("old.csv", "time,meter,energy_kwh\n2020-01-01T00:00:00Z,towers,1\n")
        output_of(AGENT, "import", "--config.file", site.config, old)
        start(site)
        wait_for("another count", lambda: figures(site, "pue_meter_resets_total") ==
                 {"chillers-1": 3.0, "towers": 2.0, "crah-1": 2.0})
        counts_on(site, before, 60)
        assert [subject for subject, _ in events(site, "device-added")] == ["new-meter"]
        print("ok   another device in the configuration is another count")
        stop(site)
        output_of(AGENT, "verify", "--config.file", site.config)


if __name__ == "__main__":
    main()
