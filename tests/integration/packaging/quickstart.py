"""The README's first command shows a PUE that is the plant's, with and without a terminal and in both languages; ends
when told to; and leaves nothing running and nothing in the temporary directory."""

import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
QUICKSTART = os.path.join(ROOT, "packaging", "quickstart")


def ours(temporary):
    """The processes that were started with this temporary directory."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if f"TMPDIR={temporary}\0".encode() not in file.read():
                    continue
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if line and int(pid) != os.getpid():
            found.append(line)
    return found


def nothing_left(temporary):
    end = time.monotonic() + 2
    while ours(temporary) and time.monotonic() < end:
        time.sleep(0.1)
    assert not ours(temporary), ours(temporary)
    assert not os.listdir(temporary), os.listdir(temporary)


def equal(row):
    shown, truth = map(float, row)
    assert abs(shown / truth - 1) < 0.01, row
    return f"PUE {shown}, the plant says {truth}"


def without_a_terminal(language, pattern, bmcs):
    with tempfile.TemporaryDirectory(prefix="pue-test-") as temporary:
        done = subprocess.run([QUICKSTART, "--for", "16"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=240, env={**os.environ, "LC_ALL": language, "TMPDIR": temporary})
        assert done.returncode == 0, done.stdout + done.stderr
        rows = re.findall(pattern, done.stdout)
        assert len(rows) >= 2, done.stdout
        assert re.search(r"http://127\.0\.0\.1:\d+/metrics", done.stdout), done.stdout
        assert re.search(bmcs, done.stdout.splitlines()[-1]), done.stdout
        nothing_left(temporary)
        print(f"ok   {language}: {equal(rows[-1])}; ends by itself, nothing is left")


def on_a_terminal(how_to_end, name):
    with tempfile.TemporaryDirectory(prefix="pue-test-") as temporary:
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(QUICKSTART, [QUICKSTART], {**os.environ, "LC_ALL": "C.UTF-8", "TMPDIR": temporary})
        shown = ""
        rows = []
        end = time.monotonic() + 120
        try:
            while not rows and time.monotonic() < end:
                shown += os.read(terminal, 4096).decode(errors="replace")
                rows = re.findall(r"PUE now +(\d\.\d+) +the plant itself says (\d\.\d+)", shown)
            assert rows, shown
            while not re.search(r"servers +12    of 12 BMCs answer", shown) and time.monotonic() < end:
                shown += os.read(terminal, 4096).decode(errors="replace")
            assert "12    of 12 BMCs answer" in shown, shown
            how_to_end(pid, terminal)
            while True:
                try:
                    if not os.read(terminal, 4096):
                        break
                except OSError:  # the other side of the terminal is closed
                    break
        finally:
            os.close(terminal)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0, (status, shown)
        nothing_left(temporary)
        print(f"ok   on a terminal: {equal(rows[-1])}; {name} ends it, nothing is left")


without_a_terminal("C.UTF-8", r"PUE now (\d\.\d+)  15 min \S+ .*plant says (\d\.\d+)", r"BMCs 12 of 12$")
without_a_terminal("zh_CN.UTF-8", r"当前 PUE (\d\.\d+)  15 分钟 \S+.*真值 (\d\.\d+)", r"BMC 在线 12/12$")
on_a_terminal(lambda pid, terminal: os.write(terminal, b"\x03"), "Ctrl-C")
on_a_terminal(lambda pid, terminal: os.kill(pid, signal.SIGTERM), "SIGTERM")
sys.exit(0)
