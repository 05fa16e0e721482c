"""pue-agent report on ledgers of a simulated facility: figures against an independent computation straight from the
tables, the same bytes twice, well-formed pages in both languages, and what is refused.

    report.py BUILD
"""

import csv
import html.parser
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import recompute

BUILD = pathlib.Path(sys.argv[1])
AGENT = BUILD / "pue-agent"
YEAR = BUILD / "bench" / "ledger_year"
VOID = {"meta", "br", "link", "img", "input", "hr"}


def close(a, b, relative=1e-9):
    return abs(a - b) <= relative * max(abs(a), abs(b), 1e-12)


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


class Site:
    """A folder with a ledger and the configuration that names it."""

    def __init__(self, folder, meters, first, days, zone, *faults):
        self.path = pathlib.Path(folder)
        self.zone = zone
        self.ledger = self.path / "ledger.db"
        subprocess.run([YEAR, self.ledger, str(meters), first, str(days), zone, *faults], check=True, timeout=120,
                       stdout=subprocess.DEVNULL)
        self.config = self.path / "site.toml"
        self.configure("")

    def configure(self, more):
        self.config.write_text(f'[facility]\nname = "sample-1"\ntimezone = "{self.zone}"\n[ledger]\n'
                               f'path = "ledger.db"\n{more}', encoding="utf-8")

    def run(self, first, last, *options, expect_code=0):
        done = subprocess.run([AGENT, "report", "--config.file", self.config, "--from", first, "--to", last, *options],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        expect(done.returncode == expect_code,
               f"report {first} {last} {options} ended with {done.returncode}: {done.stderr.decode()}")
        return done.stdout if expect_code == 0 else done.stderr.decode()

    def json(self, first, last, *options):
        return json.loads(self.run(first, last, "--format", "json", *options))


class Balance(html.parser.HTMLParser):
    """Every element that is opened is closed, in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open = []
        self.seen = {}

    def handle_starttag(self, tag, attributes):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        for name, value in attributes:
            expect(not name.startswith("on") and name not in ("src", "href"), f"<{tag} {name}={value}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen[tag] = self.seen.get(tag, 0) + 1

    def handle_endtag(self, tag):
        expect(self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}")
        self.open.pop()


def check_page(page, language):
    text = page.decode("utf-8")
    balance = Balance()
    balance.feed(text)
    balance.close()
    expect(balance.open == [], f"left open: {balance.open}")
    expect(f'<html lang="{language}"' in text, "language")
    for tag in ("script", "iframe", "img", "link", "object"):
        expect(tag not in balance.seen, f"<{tag}> in the page")
    drawings = re.findall(r"<svg.*?</svg>", text, re.S)
    expect(len(drawings) == 5, f"{len(drawings)} drawings")
    for drawing in drawings:
        xml.etree.ElementTree.fromstring(drawing)
    expect(not re.search(r"\bnan\b|\binf\b", " ".join(drawings)), "a coordinate that is none")
    return text


def figures_agree(site, first, last, months):
    """All categories over the period and its months, against recompute.py."""
    start, end = recompute.midnight(first, site.zone), recompute.midnight(last, site.zone)
    report = site.json(first, last)
    ledger = recompute.Ledger(site.ledger, start, end)
    edges = list(recompute.month_starts(first, last, site.zone)) if months else [start, end]
    expect(len(report["months"]) == len(edges) - 1, "months")
    compared = 0
    for index, figure in enumerate(report["pue"]):
        spans = [(figure, start, end)]
        spans += [(month["pue"][index], a, b) for month, a, b in zip(report["months"], edges, edges[1:])]
        for given, a, b in spans:
            value, coverage, total, it, estimated, gap = ledger.pue(given["category"], a, b)
            wanted = {"coverage": coverage, "total_kwh": total, "it_kwh": it, "estimated_share": estimated,
                      "longest_gap_hours": gap}
            if given["withheld"] is None:
                wanted["value"] = value
            for name, number in wanted.items():
                expect(close(given[name], number), f"category {given['category']} {a}: {name} {given[name]} != {number}")
                compared += 1
    for name, kwh in report["energy_kwh"]["by_meter"].items():
        expect(close(kwh, float(ledger.recorded.get(name, 0)) / 3.6e6), f"energy of {name}")
        compared += 1
    return report, compared


def test_quarter_with_faults(folder):
    site = Site(folder, 24, "2026-01-01", 90, "Europe/Berlin", "faults")
    report, compared = figures_agree(site, "2026-01-01", "2026-04-01", months=True)
    expect(report["label"] == "iPUE", "label")
    expect(report["pue"][0]["coverage"] < 1.0 and report["pue"][0]["estimated_share"] > 0.0, "no fault was seen")
    expect(len(report["evidence"]["config_sha256"]) == 2, "two configurations were in force")
    # A period that begins and ends inside, and one that reaches beyond the records.
    compared += figures_agree(site, "2026-02-10", "2026-02-11", months=False)[1]
    beyond = site.json("2025-12-01", "2026-02-01")
    expect(beyond["months"][0]["pue"][0]["withheld"] is not None, "December has no record")
    expect(close(beyond["pue"][0]["coverage"], report["months"][0]["pue"][0]["coverage"] / 2), "half of it is covered")
    return f"{compared} figures agree"


def test_clock_changes(folder):
    site = Site(folder, 17, "2026-03-01", 245, "Europe/Berlin")
    report, compared = figures_agree(site, "2026-03-01", "2026-11-01", months=True)
    lengths = [round(month["pue"][0]["it_kwh"] / 1000) for month in report["months"]]
    expect(lengths[0] == 743 and lengths[7] == 745, f"hours of March and October at 1 MW: {lengths}")
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25)):
        after = f"{day[:8]}{int(day[8:]) + 1:02}"
        one = site.json(day, after)
        expect(one["pue"][0]["coverage"] == 1.0, f"{day} is covered")
        start, end = recompute.midnight(day, site.zone), recompute.midnight(after, site.zone)
        expect(end - start == hours * 3_600_000, f"{day} has {hours} hours")
        expect(close(one["pue"][0]["it_kwh"], recompute.Ledger(site.ledger, start, end).pue(1, start, end)[3]), day)
    return f"{compared} figures agree, days of 23 and 25 hours among them"


def test_year(folder):
    """A leap day, a turn of the year, and the same bytes twice in every format, view and language."""
    site = Site(folder, 20, "2027-12-31", 367, "Asia/Shanghai", "faults")
    site.configure('[report]\nowner = "Example"\nwaste_heat_upgrade = ["pumps"]\n')
    year = site.json("2028-01-01", "2029-01-01")
    expect(year["label"] == "PUE" and len(year["months"]) == 12, "a year")
    expect(year["gb40879"]["grade"] in (1, 2, 3), "grade")
    compared = 0
    for view in ("en", "eu", "de", "cn", "tgg"):
        for form in (["--format", "html", "--language", "en"], ["--format", "html", "--language", "zh"],
                     ["--format", "json"], ["--format", "csv"]):
            first = site.run("2028-01-01", "2029-01-01", "--view", view, *form)
            expect(first == site.run("2028-01-01", "2029-01-01", "--view", view, *form), f"{view} {form} differs")
            compared += 1
            if form[1] == "html":
                check_page(first, "en" if form[3] == "en" else "zh-CN")
    de = site.json("2028-01-01", "2029-01-01", "--view", "de")
    expect(de["pue"][0]["value"] < year["pue"][0]["value"], "Germany leaves the pumps out")
    target = site.path / "out.html"
    site.run("2028-01-01", "2029-01-01", "-o", target)
    expect(target.read_bytes() == site.run("2028-01-01", "2029-01-01"), "-o writes the same")
    expect(not list(site.path.glob("*.part")), "a draft was left behind")
    rows = list(csv.reader(io.StringIO(site.run("2028-01-01", "2029-01-01", "--format", "csv").decode())))
    expect(all(len(row) == 6 for row in rows), "CSV has six columns")
    pue = next(row for row in rows if row[:3] == ["pue", "ups", "PUE"])
    expect(float(pue[3]) == year["pue"][0]["value"], "CSV and JSON agree")
    return f"{compared} reports came out the same twice"


def test_hostile_names(folder):
    site = Site(folder, 20, "2026-01-01", 45, "UTC", "faults", "hostile")
    for language, tag in (("en", "en"), ("zh", "zh-CN")):
        text = check_page(site.run("2026-01-01", "2026-02-15", "--language", language), tag)
        expect("&lt;script&gt;alert(1)&lt;/script&gt;" in text, "the name is shown as it is")
        expect("<script>alert" not in text and "<img src=x" not in text, "a name became markup")
    report = site.json("2026-01-01", "2026-02-15")
    names = [meter["name"] for meter in report["meters"]]
    expect("<script>alert(1)</script>&\"' rack" in names, "JSON has the name itself")
    table = site.run("2026-01-01", "2026-02-15", "--format", "csv").decode()
    expect(",=cmd" not in table and ",\"=cmd" not in table and "'=cmd" in table, "a formula in CSV")
    return "names that hold markup stay names"


def test_refusals(folder):
    site = Site(folder, 17, "2026-01-01", 3, "UTC")
    told = site.run("2026-01-02", "2026-01-02", expect_code=2)
    expect("--to is the day after the last one" in told, told)
    expect("dates, YYYY-MM-DD" in site.run("2026-02-30", "2026-03-01", expect_code=2), "no such day")
    expect("at most three years" in site.run("2020-01-01", "2026-01-01", expect_code=2), "too long")
    site.zone = "Asia/Shangai"
    site.configure("")
    told = site.run("2026-01-01", "2026-01-02", expect_code=2)
    expect("did you mean 'Asia/Shanghai'?" in told, told)
    site.zone = "UTC"
    site.configure("[report]\nowned = \"x\"\n")
    told = site.run("2026-01-01", "2026-01-02", expect_code=2)
    expect("site.toml:7:1: report.owned: unknown key, did you mean 'owner'?" in told, told)
    site.configure("[report]\nwaste_heat_upgrade = \"pump\"\n")
    told = site.run("2026-01-01", "2026-01-02", "--view", "de", expect_code=2)
    expect("site.toml:7:22: report.waste_heat_upgrade: the ledger has no meter 'pump', did you mean 'pumps'?" in told, told)
    site.configure("")
    site.run("2026-01-01", "2026-01-02", "-o", "/nonexistent/out.html", expect_code=1)
    site.ledger.write_bytes(b"no ledger")
    told = site.run("2026-01-01", "2026-01-02", expect_code=1)
    expect("Traceback" not in told and told.startswith("pue-agent: "), told)
    os.remove(site.ledger)
    site.run("2026-01-01", "2026-01-02", expect_code=1)
    return "what cannot be done is told"


def main():
    for test in (test_quarter_with_faults, test_clock_changes, test_year, test_hostile_names, test_refusals):
        with tempfile.TemporaryDirectory(prefix="pue-report-") as folder:
            print(f"{test.__name__}: {test(folder)}", flush=True)


if __name__ == "__main__":
    main()
