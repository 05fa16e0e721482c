"""An agent whose ledger, its journal or its folder is made immutable or append-only while it runs (T-D17): it goes on, or
says why it cannot and goes on afterwards. Needs root and a file system that keeps such attributes; else it is skipped."""

import contextlib
import os
import subprocess
import sys
import time

from site_of_ledger import TOTAL, Site, comes_back, stands_still_and_lives, wait_for_health

from support import Programs, wait_for

SKIPPED = 77
CASES = {"an immutable ledger": ("i", "ledger.db", True), "an append-only ledger": ("a", "ledger.db", False),
         "an immutable journal": ("i", "ledger.db-journal", True),
         "an append-only journal": ("a", "ledger.db-journal", True), "an immutable folder": ("i", "", False),
         "an append-only folder": ("a", "", False)}


def change(sign, flag, path):
    return subprocess.run(["chattr", sign + flag, path], capture_output=True, text=True).returncode == 0


@contextlib.contextmanager
def attribute(flag, path):
    assert change("+", flag, path), path
    try:
        yield
    finally:
        change("-", flag, path)


def goes_on(site, what):
    """What is open already may still be written: then it is written, and known to be."""
    before = site.metrics()["pue_agent_ledger_commits_total"]
    time.sleep(3)
    samples = site.metrics()
    assert samples["pue_agent_ledger_healthy"] == 1, what
    assert samples["pue_agent_ledger_commits_total"] > before, f"{what}: no commit, and no word of it"
    print(f"ok   {what}: commits go on")
    return samples[TOTAL]


def main():
    with Programs() as programs:
        folder = os.path.join(programs.path, "state")
        os.mkdir(folder)
        probe = programs.write("probe", "")
        if not change("+", "i", probe):
            print("no right to make a file immutable, or none here can be")
            sys.exit(SKIPPED)
        change("-", "i", probe)
        site = Site(programs, ledger=os.path.join(folder, "ledger.db"))
        site.start()
        site.ready()
        wait_for("totals", lambda: site.metrics().get(TOTAL, 0) > 0, 20)
        for what, (flag, name, stops) in CASES.items():
            with attribute(flag, os.path.join(folder, name)):
                if stops:
                    wait_for_health(site, 0)
                    still = stands_still_and_lives(site, what)
                else:
                    still = goes_on(site, what)
            comes_back(site, still, what + ", undone")


if __name__ == "__main__":
    main()
