"""What becomes of an agent whose state folder is emptied, moved, replaced or written over while it runs (T-D17).

It never dies, reads on, says that its ledger is not well and why, and keeps what comes until the ledger is back where it
was. It never goes on in a file that nobody finds, nor in another history. After a restart the ledger is good, or the
verifier names what is wrong with it."""

import glob
import json
import os
import shutil
import signal
import sqlite3
import subprocess

from site_of_ledger import AGENT, TOTAL, Site, comes_back, stands_still_and_lives, wait_for_health

from support import Programs, output_of, wait_for


def says(programs, text):
    wait_for(f"the log to say {text!r}", lambda: text in programs.log("agent"), 10)


def still_open(site):
    """The ledger as the agent has it open, whether or not it has a name."""
    for link in glob.glob(f"/proc/{site.agent.pid}/fd/*"):
        if os.readlink(link).removesuffix(" (deleted)") == site.ledger:
            return link
    raise AssertionError("the agent has closed its ledger")


def emptied(programs, site, folder):
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    wait_for_health(site, 0)
    still = stands_still_and_lives(site, "an emptied state folder")
    says(programs, "put it back")
    assert not os.path.exists(site.ledger), "a new ledger was begun beside the old one"
    shutil.copyfile(still_open(site), site.ledger + ".new")
    os.rename(site.ledger + ".new", site.ledger)
    comes_back(site, still, "the ledger copied back from the open file")


def became_a_file(programs, site, folder):
    os.rename(folder, folder + ".away")
    with open(folder, "w", encoding="ascii") as file:
        file.write("no folder\n")
    wait_for_health(site, 0)
    still = stands_still_and_lives(site, "a file in the place of the state folder")
    os.remove(folder)
    os.rename(folder + ".away", folder)
    comes_back(site, still, "the state folder moved back")


def older_copy(site, target):
    """A copy through SQLite, as a backup is made."""
    with sqlite3.connect(f"file:{site.ledger}?mode=ro", uri=True) as source, sqlite3.connect(target) as kept:
        source.backup(kept)
    kept.close()
    source.close()


def replaced(programs, site, copy):
    os.rename(site.ledger, site.ledger + ".away")
    for what, source in (("a stranger's file", site.config), ("an earlier copy", copy)):
        shutil.copyfile(source, site.ledger)
        wait_for_health(site, 0)
        with open(source, "rb") as wanted, open(site.ledger, "rb") as found:
            still = stands_still_and_lives(site, f"{what} in the place of the ledger")
            assert wanted.read() == found.read(), f"{what} was written into"
    says(programs, "does not hold what was last written")
    os.replace(site.ledger + ".away", site.ledger)
    comes_back(site, still, "the ledger moved back")


def end(site):
    site.agent.send_signal(signal.SIGTERM)
    assert site.agent.wait(timeout=15) == 0, "the agent did not leave well"


def last_error(site):
    rows = site.query("SELECT detail FROM event WHERE kind = 'ledger-error' ORDER BY batch DESC, n DESC LIMIT 1")
    return json.loads(rows[0][0]) if rows else {}


def started(site):
    site.start()
    site.ready()
    wait_for_health(site, 1)
    wait_for("totals", lambda: site.metrics().get(TOTAL, 0) > 0, 20)


def written_over(programs, site, copy):
    """The same file, but it holds what it held before the last checkpoint: the running agent writes nothing into it, and the
    next one says that something is missing."""
    shutil.copyfile(copy, site.ledger)
    wait_for_health(site, 0)
    stands_still_and_lives(site, "an earlier copy written over the ledger")
    says(programs, "somebody else wrote it")
    end(site)
    says(programs, "what waited for it is lost")
    started(site)
    says(programs, "older than the checkpoints beside it")
    assert last_error(site).get("what") == "the ledger is older than the checkpoints beside it", last_error(site)
    done = subprocess.run([AGENT, "verify", "--ledger", site.ledger], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "witness" in done.stdout, (done.returncode, done.stdout)
    print("ok   a restart on an earlier copy is told in the log and in the ledger, and the verifier names it")


def begun_anew(programs, site, folder):
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    wait_for_health(site, 0)
    end(site)
    started(site)
    says(programs, "a new one begins")
    output_of(AGENT, "verify", "--ledger", site.ledger)
    print("ok   a restart without a ledger says that a new one begins, which is good")


def main():
    with Programs() as programs:
        folder = os.path.join(programs.path, "state")
        os.mkdir(folder)
        site = Site(programs, ledger=os.path.join(folder, "ledger.db"))
        started(site)
        copy = os.path.join(programs.path, "copy.db")
        older_copy(site, copy)
        end(site)  # signs a checkpoint of more than is in the copy
        started(site)
        emptied(programs, site, folder)
        became_a_file(programs, site, folder)
        replaced(programs, site, copy)
        written_over(programs, site, copy)
        begun_anew(programs, site, folder)
        end(site)


if __name__ == "__main__":
    main()
