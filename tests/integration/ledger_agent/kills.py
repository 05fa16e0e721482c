"""An agent that is killed again and again while Prometheus scrapes it (T-D1 and T-D21 for the agent as a whole).

No counter may ever be seen to fall, by Prometheus or by a scraper that is faster; each ledger between two kills must
verify; and in the end the accounts hold what the meters' registers counted, kills or not."""

import random
import signal
import sys
import threading
import time

from site_of_ledger import AGENT, Site

from support import Programs, free_port, http, output_of, query, wait_for

KILLS = 30
PROMETHEUS_CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: pue-agent
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
"""


class Watcher(threading.Thread):
    """Scrapes ten times a second and remembers each total that was lower than before."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site = site
        self.last = {}
        self.fallen = []
        self.scrapes = 0
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            try:
                samples = self.site.metrics()
            except OSError:
                samples = {}
            self.scrapes += bool(samples)
            for series, number in samples.items():
                # The agent's own counters begin anew with it, as those of every exporter.
                if not series.startswith(("pue_meter_energy", "pue_total_energy", "pue_it_energy", "pue_co2",
                                          "pue_meter_resets", "pue_meter_rollovers")):
                    continue
                if number < self.last.get(series, number):
                    self.fallen.append(f"{series}: {self.last[series]} then {number}")
                self.last[series] = number
            time.sleep(0.1)


def start_prometheus(programs, port):
    own = free_port()
    config = programs.write("prometheus.yml", PROMETHEUS_CONFIG.format(port=port))
    programs.start("prometheus", "prometheus", f"--config.file={config}", f"--storage.tsdb.path={programs.path}/tsdb",
                   f"--web.listen-address=127.0.0.1:{own}")
    address = f"http://127.0.0.1:{own}"
    wait_for("Prometheus", lambda: http(address + "/-/ready")[0] == 200)
    return address


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with Programs() as programs:
        site = Site(programs)
        before = site.registers()
        assert len(before) >= 4, before
        site.start()
        site.ready()
        time.sleep(2)
        begun = site.registers()
        prometheus = start_prometheus(programs, site.port)
        watcher = Watcher(site)
        watcher.start()
        time.sleep(3)
        for number in range(KILLS):
            time.sleep(chance.uniform(0.0, 2.5))
            site.agent.send_signal(signal.SIGKILL)
            site.agent.wait()
            programs.running.remove(("agent", site.agent))
            if number % 5 == 0:
                output_of(AGENT, "verify", "--ledger", site.ledger)
            site.start()
        site.ready()
        time.sleep(4)
        site.agent.send_signal(signal.SIGTERM)
        assert site.agent.wait(timeout=10) == 0, "the agent did not leave well"
        watcher.over.set()
        watcher.join()
        assert watcher.scrapes > 50, watcher.scrapes
        assert not watcher.fallen, watcher.fallen[:5]
        print(f"ok   {watcher.scrapes} scrapes, no total ever fell over {KILLS} kills")

        fell = query(prometheus, 'resets({__name__=~"pue_(meter|total|it)_energy_joules_total|pue_co2_grams_total"}[10m]) > 0')
        assert not fell, fell[:3]
        print("ok   Prometheus saw no reset")

        output_of(AGENT, "verify", "--ledger", site.ledger)
        kinds = dict(site.query("SELECT kind, count(*) FROM event GROUP BY kind"))
        # One that was killed before it was up has recorded nothing.
        assert KILLS * 2 // 3 < kinds["start"] <= KILLS + 1 and kinds["stop"] == 1, kinds
        assert kinds["unclean-restart"] == kinds["start"] - 1, kinds
        print(f"ok   the ledger verifies and tells {kinds['unclean-restart']} unclean restarts")

        compare_with_registers(site, before, begun)


def compare_with_registers(site, before, begun):
    """A register counts on while the agent is dead: the account holds what it moved since the agent first read it, which
    was after the reading `before` and before `begun`."""
    accounts = {name: (measured, register) for name, measured, register in
                site.query("SELECT name, measured, register_value FROM account WHERE register_value IS NOT NULL")}
    for meter, reading in before.items():
        measured, register = accounts[meter]
        least, most = register - begun[meter] - 1, register - reading + 1
        assert least <= measured <= most, f"{meter}: {measured} J, but the register moved by {least} to {most}"
        assert measured > 0, meter
    print(f"ok   {len(before)} accounts hold what their registers moved over {KILLS} kills")


if __name__ == "__main__":
    main()
