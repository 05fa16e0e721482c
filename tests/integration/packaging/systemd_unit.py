"""The service unit is valid, and exposes little."""

import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
UNIT = os.path.join(ROOT, "packaging", "systemd", "pue-agent.service")
MOST_EXPOSURE = 2.0

score = subprocess.run(["systemd-analyze", "security", "--offline=true", UNIT], capture_output=True, text=True,
                       timeout=30)
level = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", score.stdout).group(1))
assert level <= MOST_EXPOSURE, score.stdout
print(f"ok   exposure {level}")

# On a machine without the package the command and the manual page are not there; put a stand-in for the former.
with tempfile.TemporaryDirectory(prefix="pue-test-") as folder:
    with open(UNIT, encoding="utf-8") as file:
        text = file.read().replace("/usr/bin/pue-agent", "/bin/true").replace("Documentation=man:pue-agent(1)\n", "")
    copy = os.path.join(folder, "pue-agent.service")
    with open(copy, "w", encoding="utf-8") as file:
        file.write(text)
    verify = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, timeout=30)
complaints = [line for line in verify.stderr.splitlines() if "pue-agent.service" in line]
assert not complaints, verify.stderr
print("ok   systemd-analyze verify finds nothing")
sys.exit(0)
