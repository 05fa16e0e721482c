"""The zone that the agent's environment names changes no byte of a ledger: the same readings around a leap second, a smeared
one and both changes of the clock in Berlin, written under several values of TZ (T-T3)."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from ledgers import BUILD, ROOT, first_verifier, folder, second_verifier
from support import rows_of

sys.path.insert(0, os.path.join(ROOT, "tests", "data", "ledgers"))
import make

ZONES = {  # offsets of local time at 2017-01-01, 2017-01-02, 2026-03-29T01:00Z and 2026-10-25T01:00Z
    "UTC": "+0000 +0000 +0000 +0000",
    "Europe/Berlin": "+0100 +0100 +0200 +0100",
    "Asia/Shanghai": "+0800 +0800 +0800 +0800",
    "America/New_York": "-0500 -0500 -0400 -0400",
}
SITE = os.path.join(ROOT, "tests", "data", "ledgers", "0.1.0", "site.toml")
LEAP_SECOND = 1_483_228_800_000


def main():
    with folder() as place:
        key = os.path.join(place, "key")
        make.write_key(key, "first")
        chains = {}
        for number, (zone, offsets) in enumerate(ZONES.items()):
            ledger = os.path.join(place, f"{number}.db")
            done = subprocess.run([os.path.join(BUILD, "tests", "kept_ledger"), "civil", SITE, ledger, key],
                                  env={**os.environ, "TZ": zone}, capture_output=True, text=True, timeout=60, check=True)
            assert done.stdout.split() == offsets.split(), f"TZ={zone} is not in force: {done.stdout.split()}"
            for verify in (first_verifier, second_verifier):
                code, verdict = verify(ledger)
                assert code == 0, verdict
            with open(ledger + ".checkpoints", encoding="utf-8") as file:
                checkpoints = file.read()
            chains[zone] = rows_of(ledger, "SELECT seq, hash FROM batch ORDER BY seq"), checkpoints
            assert chains[zone] == chains["UTC"], f"TZ={zone} made another ledger"

        # A second that is labelled twice, or smeared, is no step; the four jumps from one time to the next are three steps.
        assert rows_of(ledger, "SELECT count(*) FROM event WHERE kind = 'clock-step'") == [(3,)]
        [(covered, longest)] = rows_of(ledger, "SELECT min(covered * 1.0 / length), max(length) FROM energy e JOIN meter m "
                                             "ON m.id = e.meter WHERE m.name = 'ups-b' AND "
                                             f"e.start BETWEEN {LEAP_SECOND} - 1800000 AND {LEAP_SECOND} + 900000")
        assert covered > 0.99 and longest == 900_000, (covered, longest)
        print(f"ok   {len(chains['UTC'][0])} batches and {chains['UTC'][1].count('pue-agent/') // 2} checkpoints are the "
              f"same in {len(ZONES)} zones")


main()
