"""The README's first command shows a PUE that is the plant's, ends when told to, and leaves nothing running."""

import os
import re
import signal
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
QUICKSTART = os.path.join(ROOT, "packaging", "quickstart")


def left_running(marker):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if marker in line and ("pue-agent run" in line or "pue-plant" in line):
            found.append(line)
    return found


def check(output):
    metrics = re.search(r"metrics\s+http://127\.0\.0\.1:(\d+)/metrics", output)
    assert metrics, output
    rows = re.findall(r"PUE now (\d\.\d+)  15 min (\S+) .*plant says (\d\.\d+)", output)
    assert rows, output
    now, _, truth = rows[-1]
    assert abs(float(now) / float(truth) - 1) < 0.01, rows[-1]
    print(f"ok   shows PUE {now}, the plant says {truth}")
    return metrics.group(1)


environment = {**os.environ, "LC_ALL": "C.UTF-8"}
done = subprocess.run([QUICKSTART, "--for", "15"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                      timeout=240, env=environment)
assert done.returncode == 0, done.stdout + done.stderr
port = check(done.stdout)
time.sleep(1)
assert not left_running(f"127.0.0.1:{port}"), left_running(f"127.0.0.1:{port}")
print("ok   ends by itself and leaves nothing running")

process = subprocess.Popen([QUICKSTART], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           stdin=subprocess.DEVNULL, env=environment, start_new_session=True)
lines = []
for line in process.stdout:
    lines.append(line)
    if "plant says" in line:
        break
os.killpg(process.pid, signal.SIGINT)
rest, _ = process.communicate(timeout=20)
port = re.search(r"metrics\s+http://127\.0\.0\.1:(\d+)/metrics", "".join(lines)).group(1)
time.sleep(1)
assert not left_running(f"127.0.0.1:{port}"), left_running(f"127.0.0.1:{port}")
print("ok   Ctrl-C ends it and leaves nothing running")
sys.exit(0)
