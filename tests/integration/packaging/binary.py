"""The release binary is hardened, needs only packaged libraries, and cannot write to a device."""

import os
import subprocess
import sys

AGENT = os.path.join(sys.argv[1], "pue-agent")


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout


headers = output("readelf", "-hldW", AGENT)
assert "DYN (Position-Independent Executable file)" in headers, "not PIE"
assert "GNU_RELRO" in headers and "BIND_NOW" in headers, "not full RELRO"
stack = [line for line in headers.splitlines() if "GNU_STACK" in line]
assert stack and "RWE" not in stack[0], "executable stack"
symbols = output("nm", "-D", "--undefined-only", AGENT)
assert "__stack_chk_fail" in symbols, "no stack canary"
assert "_chk@" in symbols, "not fortified"
print("ok   PIE, full RELRO, no executable stack, canary, fortified")

for name in ("modbus_write", "modbus_mask_write", "modbus_report_slave", "modbus_reply"):
    assert name not in symbols, f"{name} is linked"
print("ok   no function that writes to a device is linked")

for line in output("ldd", AGENT).splitlines():
    path = line.split("=>")[-1].split()[0]
    if path.startswith("linux-vdso"):
        continue
    # By its name in any folder: on a merged /usr the real path is not the one that the package lists.
    name = os.path.basename(os.path.realpath(path))
    owner = subprocess.run(["dpkg-query", "-S", f"*/{name}"], capture_output=True, text=True, timeout=30)
    assert owner.returncode == 0, f"{path} belongs to no package"
print("ok   every shared library belongs to a package")
