"""The Debian package: made twice it is the same, lintian has nothing to say, and in a bare Debian root it installs and
the agent starts."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import http, free_port, wait_for

BUILD = os.path.abspath(sys.argv[1])
ENVIRONMENT = {**os.environ, "SOURCE_DATE_EPOCH": "1795000000"}


def run(*command, timeout=300, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, **more)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def make(folder):
    os.umask(0o022)
    run("cpack", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B", folder, env=ENVIRONMENT)
    return next(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".deb"))


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def contents(package):
    listing = run("dpkg-deb", "--contents", package)
    for needed in ("./usr/bin/pue-agent", "./usr/bin/pue-plant", "./lib/systemd/system/pue-agent.service",
                   "./etc/pue-agent/pue-agent.toml", "./usr/share/man/man1/pue-agent.1.gz",
                   "./usr/share/pue-agent/profiles/schneider-pm5xxx.toml",
                   "./usr/share/pue-agent/dashboards/grafana/facility.json"):
        assert needed in listing, f"{needed} is missing from\n{listing}"
    print(f"ok   contents, {os.path.getsize(package) / 1e6:.2f} MB")


def lint(package):
    done = subprocess.run(["lintian", "--fail-on", "error,warning", package], capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    print("ok   lintian")


def starts_in_a_bare_root(package, folder):
    root = os.path.join(folder, "root")
    run("mmdebstrap", "--variant=minbase", "--quiet", "bookworm", root, timeout=400)
    try:
        shutil.copy(package, os.path.join(root, "tmp", "pue-agent.deb"))
        for name in ("/etc/apt", "/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"):
            if os.path.isdir(name):
                shutil.copytree(name, root + name, dirs_exist_ok=True, symlinks=True)
        run("chroot", root, "apt-get", "update", "-q")
        run("chroot", root, "apt-get", "install", "-q", "-y", "--no-install-recommends", "/tmp/pue-agent.deb",
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, timeout=400)
        assert "-dev" not in run("chroot", root, "dpkg-query", "-W", "-f", "${Package}\n"), "development packages"
        print("    ", run("chroot", root, "/usr/bin/pue-agent", "version").strip())
        run("chroot", root, "/usr/bin/pue-agent", "check", "--config.file", "/etc/pue-agent/pue-agent.toml")
        port = free_port()
        agent = subprocess.Popen(
            ["chroot", root, "/usr/bin/pue-agent", "run", "--config.file", "/etc/pue-agent/pue-agent.toml",
             "--web.listen-address", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for("the agent in the bare root", lambda: http(f"http://127.0.0.1:{port}/-/healthy")[0] == 200, 20)
        finally:
            agent.terminate()
            assert agent.wait(timeout=10) == 0
        print("ok   installs into a bare Debian root and starts there")
    finally:
        shutil.rmtree(root, ignore_errors=True)


with tempfile.TemporaryDirectory(prefix="pue-test-") as work:
    first = make(os.path.join(work, "first"))
    second = make(os.path.join(work, "second"))
    assert digest(first) == digest(second), "two packages of one build differ"
    print("ok   reproducible")
    contents(first)
    lint(first)
    starts_in_a_bare_root(first, work)
