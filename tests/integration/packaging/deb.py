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
    for needed in ("./usr/bin/pue-agent", "./usr/bin/pue-plant", "./usr/bin/pue-ledger-verify", "./lib/systemd/system/pue-agent.service",
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


def in_root(root, *command, **more):
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    environment.pop("TMPDIR", None)
    return run("chroot", root, *command, env=environment, **more)


def make_bare_root(root):
    run("mmdebstrap", "--variant=minbase", "--quiet", "bookworm", root, timeout=600)
    # The root takes its packages from where this machine takes them.
    for name in ("/etc/apt", "/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"):
        if os.path.isdir(name):
            shutil.copytree(name, root + name, dirs_exist_ok=True, symlinks=True)
    in_root(root, "apt-get", "update", "-q")


def starts(root):
    port = free_port()
    agent = subprocess.Popen(
        ["chroot", root, "/usr/bin/pue-agent", "run", "--config.file", "/etc/pue-agent/pue-agent.toml",
         "--web.listen-address", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for("the agent in the bare root", lambda: http(f"http://127.0.0.1:{port}/-/healthy")[0] == 200, 20)
        metrics = http(f"http://127.0.0.1:{port}/metrics")[1]
        assert "pue_build_info{" in metrics and "\npue_ratio{" not in metrics, "no meter answers, so there is no PUE"
    finally:
        agent.terminate()
        assert agent.wait(timeout=10) == 0


def lives_in(root, package):
    shutil.copy(package, os.path.join(root, "tmp", "pue-agent.deb"))
    in_root(root, "apt-get", "install", "-q", "-y", "--no-install-recommends", "/tmp/pue-agent.deb", timeout=600)
    installed = in_root(root, "dpkg-query", "-W", "-f", "${Package}\n").split()
    unwanted = [name for name in installed if name.endswith("-dev") or name in ("g++", "gcc", "cmake")]
    assert not unwanted, unwanted
    assert in_root(root, "/usr/bin/pue-agent", "version").strip()
    in_root(root, "/usr/bin/pue-agent", "check", "--config.file", "/etc/pue-agent/pue-agent.toml")
    profiles = in_root(root, "/usr/bin/pue-agent", "profiles")
    assert "schneider-pm5xxx" in profiles, profiles
    in_root(root, "/usr/bin/pue-plant", "--print-agent-config")
    starts(root)
    print("ok   installs into a bare Debian root and starts there")

    enabled = os.path.join(root, "etc/systemd/system/multi-user.target.wants/pue-agent.service")
    assert not os.path.lexists(enabled), "enabled before anybody has written its configuration"
    configuration = os.path.join(root, "etc/pue-agent/pue-agent.toml")
    with open(configuration, "a", encoding="utf-8") as file:
        file.write("# mine\n")
    in_root(root, "dpkg", "-i", "/tmp/pue-agent.deb")
    with open(configuration, encoding="utf-8") as file:
        assert file.read().endswith("# mine\n"), "the administrator's configuration was overwritten"
    print("ok   an upgrade keeps the configuration, and nothing is enabled unasked")

    in_root(root, "dpkg", "--purge", "pue-agent")
    for name in ("etc/pue-agent", "usr/share/pue-agent", "usr/bin/pue-agent", "lib/systemd/system/pue-agent.service",
                 "etc/systemd/system/pue-agent.service"):
        assert not os.path.lexists(os.path.join(root, name)), f"{name} is left"
    print("ok   a purge leaves nothing")


with tempfile.TemporaryDirectory(prefix="pue-test-") as work:
    first = make(os.path.join(work, "first"))
    second = make(os.path.join(work, "second"))
    assert digest(first) == digest(second), "two packages of one build differ"
    print("ok   reproducible")
    contents(first)
    lint(first)
    if os.geteuid() != 0 or shutil.which("mmdebstrap") is None:
        print("skip making a bare Debian root needs root and the package mmdebstrap")
        sys.exit(77)
    root = os.path.join(work, "root")
    try:
        make_bare_root(root)
        lives_in(root, first)
    finally:
        shutil.rmtree(root, ignore_errors=True)
