"""What the integration tests share: starting programs on free loopback ports, waiting for them with a bound, and
ending by pid whatever was started."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_block(size):
    """The first port of `size` free ones in a row; where the search begins differs from test to test, since several run at
    once and take what they found a little later."""
    bases = list(range(20000, 32000 - size, size))
    begin = os.getpid() * 7 % len(bases)
    for base in bases[begin:] + bases[:begin]:
        held = []
        try:
            for port in range(base, base + size):
                probe = socket.socket()
                held.append(probe)
                probe.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
        finally:
            for probe in held:
                probe.close()
    raise RuntimeError(f"no {size} free ports in a row")


def http(url, timeout=5, headers=None, data=None, method=None):
    """Status and body; a refused connection raises."""
    request = urllib.request.Request(url, headers=headers or {}, data=data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def get_json(url, timeout=5):
    return json.loads(http(url, timeout)[1])


def wait_for(what, condition, seconds=30, every=0.1):
    """The first true result of `condition`; failures while it cannot be asked yet are not errors."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            last = condition()
            if last:
                return last
        except (OSError, ValueError, KeyError, IndexError) as error:
            last = error
        time.sleep(every)
    raise AssertionError(f"waited {seconds} s for {what}; last seen: {last!r}")


class Programs:
    """Starts programs and ends them in reverse order; what they wrote is shown when the test fails."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="pue-test-")
        self.path = self.directory.name
        self.running = []

    def __enter__(self):
        return self

    def start(self, name, *arguments, env=None):
        log = open(os.path.join(self.path, name + ".log"), "wb")
        process = subprocess.Popen(
            [str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            cwd=self.path, env={**os.environ, **(env or {})})
        log.close()
        self.running.append((name, process))
        return process

    def log(self, name):
        with open(os.path.join(self.path, name + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def write(self, name, text):
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def __exit__(self, kind, value, trace):
        for name, process in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        if kind is not None:
            for name, _ in self.running:
                print(f"--- {name}, last lines", file=sys.stderr)
                print("\n".join(self.log(name).splitlines()[-25:]), file=sys.stderr)
        self.directory.cleanup()


def output_of(*arguments, timeout=60, expect=0):
    done = subprocess.run([str(a) for a in arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=timeout)
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def rows_of(ledger, sql):
    """The rows of a query to a ledger, which is opened to be read and closed again."""
    database = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


def query(prometheus, expression):
    """The result vector of an instant query."""
    answer = get_json(f"{prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
    if answer["status"] != "success":
        raise AssertionError(f"{expression}: {answer}")
    return answer["data"]["result"]


def value(prometheus, expression):
    """The value of a query that has exactly one result; None where it has none."""
    result = query(prometheus, expression)
    if not result:
        return None
    assert len(result) == 1, f"{expression} has {len(result)} results"
    return float(result[0]["value"][1])
