"""The release binary does its work inside what the service unit leaves it: the unit's system call filter, address
families, limits, and a user of no rights (row T-F9). Serial ports are left out: the user of this test owns none."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, free_block, free_port, get_json, http, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
UNIT = os.path.join(HERE, "..", "..", "..", "packaging", "systemd", "pue-agent.service")
CONFINED = ["/usr/bin/python3", os.path.join(HERE, "confinement.py"), UNIT]
BUILD = os.path.abspath(sys.argv[1])

# First that the confinement bites: each line must fail the way systemd would let it fail.
BITES = """
import errno, mmap, os, socket
def refused(what, *arguments, error=errno.EPERM):
    try:
        what(*arguments)
    except OSError as failure:
        assert failure.errno == error, failure
    else:
        raise AssertionError(f"{what} {arguments} was allowed")
refused(os.setpriority, os.PRIO_PROCESS, 0, 5)
refused(os.chroot, "/")
refused(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, error=errno.EAFNOSUPPORT)
refused(mmap.mmap, -1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
refused(open, "/etc/pue-test", "w", error=errno.EACCES)
socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
"""
subprocess.run([*CONFINED, "/usr/bin/python3", "-c", BITES], check=True, timeout=30, stdin=subprocess.DEVNULL)
print("ok   the confinement refuses what the unit refuses")

with Programs() as programs:
    os.chmod(programs.path, 0o755)
    agent_binary = shutil.copy(os.path.join(BUILD, "pue-agent"), programs.path)  # the build may lie where nobody may look
    os.chmod(agent_binary, 0o755)
    base, port, truth = free_block(23), free_port(), free_port()
    plant_options = ["--base-port", base, "--rtu-link", "", "--speed", 60]
    configuration = subprocess.run([os.path.join(BUILD, "pue-plant"), *map(str, plant_options), "--print-agent-config"],
                                   capture_output=True, text=True, check=True, timeout=20).stdout
    config_file = programs.write("agent.toml", configuration)
    os.chmod(config_file, 0o644)
    programs.start("plant", os.path.join(BUILD, "pue-plant"), *plant_options, "--truth.listen-address",
                   f"127.0.0.1:{truth}")
    wait_for("the plant", lambda: http(f"http://127.0.0.1:{truth}/")[0] == 200)

    notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify_path = os.path.join(programs.path, "notify")
    notified.bind(notify_path)
    os.chmod(notify_path, 0o777)
    notified.settimeout(10)
    agent = programs.start("agent", *CONFINED, agent_binary, "run", "--config.file", config_file,
                           "--web.listen-address", f"127.0.0.1:{port}",
                           env={"NOTIFY_SOCKET": notify_path, "WATCHDOG_USEC": "1000000"})
    told = ""
    while "READY=1" not in told or "WATCHDOG=1" not in told:
        told += notified.recv(4096).decode() + "\n"
    print("ok   tells the service manager that it is ready and alive")

    with open(f"/proc/{agent.pid}/status", encoding="utf-8") as file:
        status = dict(re.findall(r"^(\w+):\s+(.*)$", file.read(), re.M))
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1", status
    assert int(status["CapEff"], 16) == 0 and status["Uid"].split()[0] != "0", status

    def figure(name):
        metrics = http(f"http://127.0.0.1:{port}/metrics")[1]
        found = re.search(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", metrics, re.M)
        return float(found.group(1)) if found else None

    def agrees():
        now = figure(r"pue_instant_ratio")
        return now and abs(now / get_json(f"http://127.0.0.1:{truth}/")["instant_pue"] - 1) < 0.01

    wait_for("the plant's PUE", agrees)
    print("ok   reads the plant and publishes its PUE")

    with open(f"/proc/{agent.pid}/limits", encoding="utf-8") as file:
        soft, hard = re.search(r"Max open files\s+(\d+)\s+(\d+)", file.read()).groups()
    assert soft == hard, f"the limit of descriptors was not raised: {soft} of {hard}"
    for name in ("process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds"):
        assert figure(name), f"{name} is missing"
    print(f"ok   raises its limit of descriptors ({soft}) and can still see its own process")

    agent.terminate()
    began = time.monotonic()
    assert agent.wait(timeout=10) == 0, "it did not end well"
    assert time.monotonic() - began < 5
    while "STOPPING=1" not in told:
        told += notified.recv(4096).decode() + "\n"
    notified.close()
    print("ok   ends when told to")
