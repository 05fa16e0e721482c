"""Makes the ledger of a release, which every later version must read and go on with.

    tests/data/ledgers/make.py BUILD FOLDER

Writes ledger.db, its checkpoints, public-key.vkey (the key that it was first signed with) and figures.json (what a report
and the verifier say of it) into FOLDER, which holds the site's configurations: `first.toml`, with which the ledger begins,
and `site.toml`. Readings, clocks and keys are made up by tests/integration/ledger/kept_ledger.cpp and here, so that the
same version makes the same records each time. For a new release copy the last one's configurations into
tests/data/ledgers/VERSION, run this with that version's build, and commit the folder; never make an old one again.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys

PERIOD = ("2026-03-28", "2026-03-30")
KEYS = ("first", "second")
PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")


def write_key(path, name):
    """The private key of a name: no secret, so that a test can go on with the ledger."""
    seed = hashlib.sha256(f"pue-agent ledger of a release, {name} key".encode()).digest()
    text = base64.b64encode(PKCS8_ED25519 + seed).decode()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")


def output_of(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, timeout=60).stdout


def figures(agent, folder):
    """What a report and the verifier say of the ledger, as JSON."""
    report = json.loads(output_of(agent, "report", "--config.file", os.path.join(folder, "site.toml"), "--from", PERIOD[0],
                                  "--to", PERIOD[1], "--format", "json"))
    del report["evidence"]["agent_version"]  # of the reporting agent, not of the ledger
    verdict = json.loads(output_of(agent, "verify", "--ledger", os.path.join(folder, "ledger.db"), "--public-key",
                                   os.path.join(folder, "public-key.vkey"), "--output", "json"))
    del verdict["ledger"]
    return {"report": report, "verdict": verdict}


def main(build, folder):
    agent = os.path.join(build, "pue-agent")
    ledger = os.path.join(folder, "ledger.db")
    keys = [os.path.join(folder, name + ".key") for name in KEYS]
    for path in (ledger, ledger + ".checkpoints"):
        if os.path.exists(path):
            os.remove(path)
    for path, name in zip(keys, KEYS):
        write_key(path, name)
    try:
        output_of(os.path.join(build, "tests", "kept_ledger"), "release", folder, *keys)
    finally:
        for path in keys:
            os.remove(path)
    for suffix in ("-journal", ".lock"):
        os.remove(ledger + suffix)
    vkey = output_of("sqlite3", "-readonly", ledger, "SELECT value FROM about WHERE key = 'vkey'")
    with open(os.path.join(folder, "public-key.vkey"), "wb") as file:
        file.write(vkey)
    with open(os.path.join(folder, "figures.json"), "w", encoding="utf-8") as file:
        json.dump(figures(agent, folder), file, indent=1, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
