"""The configuration is changed under a running agent, by SIGHUP and by POST /-/reload: a bad one leaves that before in
force without a pause, a good one takes its place, the server never refuses a scrape, and no total ever falls."""

import os
import re
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "ledger_agent"))
from site_of_ledger import AGENT, Site
from support import Programs, http, output_of, wait_for

GOOD = "pue_agent_config_last_reload_successful"
TIME = "pue_agent_config_last_reload_success_timestamp_seconds"


class Scraper(threading.Thread):
    """Scrapes as fast as it can; a total that falls or a scrape that fails is kept."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.wrong, self.scrapes, self.ended = site, [], 0, threading.Event()

    def run(self):
        totals = {}
        while not self.ended.wait(0.02):
            try:
                samples = self.site.metrics()
            except OSError as error:
                self.wrong.append(f"a scrape failed: {error}")
                continue
            self.scrapes += 1
            for series, value in samples.items():
                if re.match(r"pue_\w*(energy_joules|co2_grams)_total\{facility", series):
                    if value < totals.get(series, 0):
                        self.wrong.append(f"{series} fell from {totals[series]} to {value}")
                    totals[series] = value


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def powers(site):
    """Meters with a value now."""
    return {re.search('meter="([^"]+)"', series)[1] for series in site.metrics()
            if series.startswith("pue_meter_power_watts{")}


def hup(site):
    site.agent.send_signal(signal.SIGHUP)


def put(path, text):
    """As a careful editor does: the file is there at every instant."""
    with open(path + ".new", "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    os.replace(path + ".new", path)


def bad_ones(good):
    yield "an unknown key", good + "\nnonsense = 1\n"
    yield "half a file", good[: len(good) // 2]
    yield "no TOML", "[电表\n"
    yield "no text", b"\xff\xfe\x00["
    yield "nothing", ""
    yield "a meter on a device that is not there", good + '\n[[meter]]\nname = "m"\ndevice = "gone"\nrole = "grid"\n'
    yield "nesting without end", "a = " + "[" * 100_000


def main():
    with Programs() as programs:
        site = Site(programs)
        with open(site.config, encoding="utf-8") as file:
            good = file.read()
        site.start()
        site.ready()
        everything = wait_for("all meters", lambda: (lambda found: found if len(found) > 30 else None)(powers(site)))
        time.sleep(2)
        everything |= powers(site)
        idle = descriptors(site.agent)
        scraper = Scraper(site)
        scraper.start()

        for what, text in bad_ones(good):
            put(site.config, text)
            polls = sum(value for series, value in site.metrics().items() if series.startswith("pue_device_polls_total"))
            hup(site)
            wait_for(f"the refusal of {what}", lambda: site.metrics()[GOOD] == 0.0, every=0.02)
            wait_for("polls that go on", lambda: sum(
                value for series, value in site.metrics().items() if series.startswith("pue_device_polls_total")) > polls)
            put(site.config, good)
            before = site.metrics()[TIME]
            hup(site)
            wait_for("the good one", lambda: site.metrics()[GOOD] == 1.0 and site.metrics()[TIME] > before)
            print(f"ok   {what} is refused, and the agent goes on")
        os.remove(site.config)
        hup(site)
        wait_for("the refusal of no file", lambda: site.metrics()[GOOD] == 0.0)
        os.mkdir(site.config)
        hup(site)
        time.sleep(0.5)
        assert site.metrics()[GOOD] == 0.0
        os.rmdir(site.config)
        print("ok   a file that is gone, and a folder in its place, are refused")

        # A meter of no other goes, one has another name for its device's class, and the serial line stays in use.
        changed = good.replace('[[meter]]\nname = "crah-2"\ndevice = "crah-2"', '[[meter]]\nname = "crah-two"\ndevice = "crah-2"')
        changed = re.sub(r'(name = "chillers-1"\n)', r'\1calibrated_until = "2030-01-01"\n', changed, count=1)
        assert changed.count("crah-two") == 1 and changed.count("calibrated_until") == good.count("calibrated_until") + 1
        put(site.config, changed)
        before = site.metrics()
        assert http(site.address + "/-/reload")[0] == 404
        assert http(site.address + "/-/reload", method="POST", headers={"Origin": "http://evil.example"})[0] == 403
        assert http(site.address + "/-/reload", method="POST", data=b"body")[0] == 400
        assert http(site.address + "/metrics", method="POST")[0] == 405
        assert site.metrics()[TIME] == before[TIME]
        assert http(site.address + "/-/reload", method="POST")[0] == 202
        wait_for("the change", lambda: site.metrics()[GOOD] == 1.0 and site.metrics()[TIME] > before[TIME])
        wanted = everything - {"crah-2"} | {"crah-two"}
        wait_for("all meters again", lambda: powers(site) >= wanted)
        assert "crah-2" not in powers(site)
        details = [row[0] for row in site.query("SELECT detail FROM event WHERE kind = 'configuration' ORDER BY batch, n")]
        assert any("crah-two" in detail and "calibrated_until" in detail for detail in details), details
        print("ok   meters come and go, and the change is an event of the ledger")

        for _ in range(20):
            hup(site)
            time.sleep(0.02)
        time.sleep(1)
        wait_for("all meters after many", lambda: site.metrics()[GOOD] == 1.0 and powers(site) >= wanted)
        wait_for("as many descriptors as before", lambda: descriptors(site.agent) <= idle + 4)
        # The totals of before, of the meters that stayed, go on.
        scraper.ended.set()
        scraper.join()
        assert not scraper.wrong, scraper.wrong[:5]
        print(f"ok   in {scraper.scrapes} scrapes none failed and no total fell")
        site.agent.send_signal(signal.SIGTERM)
        assert site.agent.wait(timeout=15) == 0
        output_of(AGENT, "verify", "--config.file", site.config)
        assert site.query("SELECT count(*) FROM event WHERE kind = 'unclean-restart'") == [(0,)]


if __name__ == "__main__":
    main()
