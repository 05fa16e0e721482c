"""A ledger that cannot be opened when the agent starts costs the ledger alone: power goes on being served, totals are
absent and never begin at zero, and once the ledger can be opened the agent goes on from its accounts, without a restart."""

import os
import shutil
import signal
import subprocess

from site_of_ledger import AGENT, Site
from support import Programs, free_port, output_of, wait_for


def of(samples, metric):
    return {series: value for series, value in samples.items() if series.split("{")[0] == metric}


def committed(site):
    return dict(site.query("SELECT name, measured + integrated + substituted FROM account WHERE name NOT LIKE '@%'"))


def stop(site):
    site.agent.send_signal(signal.SIGTERM)
    assert site.agent.wait(timeout=15) == 0


def without_ledger(site, log, what):
    """Starts the agent, which must find that there is no ledger and serve what it reads."""
    site.start()
    site.ready()
    samples = wait_for("power", lambda: (lambda s: s if len(of(s, "pue_meter_power_watts")) > 10 else None)(site.metrics()))
    assert of(samples, "pue_agent_ledger_healthy") == {"pue_agent_ledger_healthy": 0.0}, what
    for metric in ("pue_meter_energy_joules_total", "pue_it_energy_joules_total", "pue_total_energy_joules_total"):
        assert not of(samples, metric), (what, of(samples, metric))
    wait_for("the instant ratio", lambda: of(site.metrics(), "pue_instant_ratio"))
    assert "there is no ledger; the agent goes on without" in log(), log()
    print(f"ok   {what}: the agent serves {len(samples)} samples without its ledger")


def comes_back(site, before):
    wait_for("the ledger", lambda: of(site.metrics(), "pue_agent_ledger_healthy") == {"pue_agent_ledger_healthy": 1.0}, 40)
    shown = wait_for("totals", lambda: of(site.metrics(), "pue_meter_energy_joules_total"))
    for series, value in shown.items():
        name = series.split('meter="')[1].split('"')[0]
        assert value >= before[name], (series, value, before[name])
    total = sum(before.values())
    wait_for("energy", lambda: sum(committed(site).values()) > total)


def main():
    with Programs() as programs:
        site = Site(programs)
        log = lambda: programs.log("agent")
        site.start()
        site.ready()
        wait_for("energy", lambda: sum(committed(site).values()) > 0)
        second = subprocess.run([AGENT, "run", "--config.file", site.config, "--web.listen-address",
                                 f"127.0.0.1:{free_port()}"], capture_output=True, text=True, timeout=30)
        assert second.returncode == 1 and str(site.agent.pid) in second.stderr, second
        print("ok   a second agent on the same ledger does not start, and names the first")
        stop(site)
        before = committed(site)

        aside = site.ledger + ".aside"
        os.rename(site.ledger, aside)
        with open(site.ledger, "w", encoding="utf-8") as file:
            file.write("this is no ledger\n" * 1000)
        without_ledger(site, log, "another file in its place")
        os.replace(aside, site.ledger)
        comes_back(site, before)
        stop(site)

        before = committed(site)
        key = os.path.join(programs.path, "ledger.key")
        shutil.move(key, key + ".aside")
        with open(key, "w", encoding="utf-8") as file:
            file.write("no key\n")
        os.chmod(key, 0o600)
        without_ledger(site, log, "a key that is none")
        os.replace(key + ".aside", key)
        comes_back(site, before)
        stop(site)
        output_of(AGENT, "verify", "--config.file", site.config)
        starts = site.query("SELECT count(*) FROM event WHERE kind = 'start'")[0][0]
        assert starts == 3, starts
        print("ok   it goes on from its accounts as soon as the ledger can be opened")


if __name__ == "__main__":
    main()
