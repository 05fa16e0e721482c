"""What the tests of the ledger share: the tool that writes ledgers, and both verifiers."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile

BUILD = os.path.abspath(sys.argv[1])
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
TOOL = os.path.join(BUILD, "tests", "ledger_tool")
AGENT = os.path.join(BUILD, "pue-agent")

spec = importlib.util.spec_from_file_location("pue_ledger_verify",
                                              os.path.join(ROOT, "tests", "verifier", "pue_ledger_verify.py"))
second = importlib.util.module_from_spec(spec)
spec.loader.exec_module(second)


def folder():
    """A temporary folder where a sync costs nothing, if there is one."""
    memory = "/dev/shm"
    return tempfile.TemporaryDirectory(prefix="pue-ledger-", dir=memory if os.access(memory, os.W_OK) else None)


def tool(*arguments, timeout=60, **more):
    return subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, **more)


def first_verifier(path, *options):
    """@return (exit code, verdict or what it said)."""
    done = subprocess.run([AGENT, "verify", "--ledger", path, "--output", "json", *options], capture_output=True,
                          text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def second_verifier(path, trusted=None, witnesses=()):
    try:
        return second.verify(path, trusted, witnesses)
    except (second.CannotRead, OSError) as error:
        return 1, str(error)


def public_key(key_file):
    """The 32 bytes of the public half of a private key, by openssl."""
    der = subprocess.run(["openssl", "pkey", "-in", key_file, "-pubout", "-outform", "DER"], capture_output=True,
                         timeout=10, check=True).stdout
    return der[-32:]


def copy(source, target):
    shutil.copyfile(source, target)
    if os.path.exists(source + ".checkpoints"):
        shutil.copyfile(source + ".checkpoints", target + ".checkpoints")


def kinds(verdict):
    return [finding["kind"] for finding in verdict["findings"]] if isinstance(verdict, dict) else verdict
