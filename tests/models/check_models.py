"""Checks the models of this folder with spin: the real ones have no error in their whole state space, each broken
variant has one.

    check_models.py [SPIN [C_COMPILER]]

A search that was cut short (depth, memory) proves nothing and counts as a failure. So does a model with statements
that are never reached, when it is a real one: what is not reached is not checked.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

FAIR = ["-a", "-f"]  # liveness, in runs that give each process its turn

# Model, definitions, options of the search.
REAL = [
    ("ring", ["CAPACITY=1", "ITEMS=6"], []),
    ("ring", ["CAPACITY=2", "ITEMS=7"], []),
    ("ring", ["CAPACITY=4", "ITEMS=9"], []),
    ("ring_weak", ["CAPACITY=1"], []),
    ("ring_weak", ["CAPACITY=2"], []),
    ("ring_weak", ["CAPACITY=2", "DRAIN"], []),
    ("ring_weak", ["CAPACITY=4", "ITEMS=9", "DRAIN"], []),
    ("snapshot", [], []),
    ("snapshot", ["LIVENESS", "WRITES=2"], FAIR),
    ("snapshot_weak", [], []),
    ("shutdown", [], []),
    ("shutdown", ["LIVENESS"], FAIR),
]
# The same with the broken variants that each must find.
BROKEN = [
    ("ring", ["CAPACITY=2", "ITEMS=7"], [], [1, 2, 3, 4]),
    ("ring_weak", ["CAPACITY=2"], [], [1, 2, 3, 4]),
    ("ring_weak", ["CAPACITY=2", "DRAIN"], [], [1, 2, 3, 4]),
    ("snapshot", [], [], [1, 2, 3]),
    ("snapshot", ["LIVENESS", "WRITES=2"], FAIR, [4]),
    ("snapshot_weak", [], [], [1, 2, 3, 4]),
    ("shutdown", [], [], [1, 2, 3]),
    ("shutdown", ["LIVENESS"], FAIR, [4]),
]
DEPTH = 200_000
HASH_TABLE = 18  # entries as a power of two to begin with; it grows


class Search:
    """What one run of spin's verifier found."""

    def __init__(self, spin, compiler, model, definitions, options):
        self.model = model
        with tempfile.TemporaryDirectory(prefix="pue-models-") as folder:
            defines = [f"-D{definition}" for definition in definitions]
            shutil.copy(HERE / f"{model}.pml", folder)  # spin repeats the name it was given in its report
            self.run([spin, *defines, "-a", f"{model}.pml"], folder)
            safety = [] if "-a" in options else ["-DSAFETY"]
            fairness = ["-DNFAIR=4"] if "-f" in options else []
            self.run([compiler, "-O2" if "BROKEN" not in " ".join(definitions) else "-O0", "-w", *safety, *fairness, "-o", "pan", "pan.c"], folder)
            self.text = self.run(["./pan", f"-m{DEPTH}", f"-w{HASH_TABLE}", *options], folder)
        found = re.search(r"State-vector.*errors: (\d+)", self.text)
        states = re.search(r"^\s*(\S+) states, stored", self.text, re.M)
        if not found or not states:
            raise RuntimeError(f"spin says nothing of {model}:\n{self.text}")
        self.errors = int(found.group(1))
        self.states = int(float(states.group(1)))
        self.cut_short = "max search depth too small" in self.text or "out of memory" in self.text.lower()
        self.complete = not self.cut_short and "Search not completed" not in self.text
        first = re.search(r"^pan:\d+: (.*)$", self.text, re.M)
        self.first = first.group(1) if first else ""
        self.unreached = re.findall(rf'^\s+{model}\.pml:\d+, state \d+, "(.*)"', self.text, re.M)

    @staticmethod
    def run(command, folder):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
        if done.returncode != 0 and command[0] != "./pan":
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr


def main(spin, compiler):
    bad = 0
    for model, definitions, options in REAL:
        search = Search(spin, compiler, model, definitions, options)
        good = search.complete and search.errors == 0 and not search.unreached
        bad += not good
        print(f"{'ok ' if good else 'BAD'} {model} {' '.join(definitions)}: {search.states} states, "
              f"{search.errors} errors{'' if search.complete else ', search cut short'}", flush=True)
        for statement in search.unreached:
            print(f"    never reached: {statement}")
        if search.first:
            print(f"    {search.first}")
    for model, definitions, options, variants in BROKEN:
        for variant in variants:
            search = Search(spin, compiler, model, [*definitions, f"BROKEN={variant}"], options)
            good = search.errors >= 1 and not search.cut_short
            bad += not good
            print(f"{'ok ' if good else 'BAD'} {model} {' '.join([*definitions, f'BROKEN={variant}'])}: "
                  f"{search.errors} errors: {search.first}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*(sys.argv[1:] + ["spin", "gcc"][len(sys.argv) - 1 :])))
