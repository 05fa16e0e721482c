"""`check --probe` on the simulated facility: nothing to find where the configuration is right, exit code 3 and the
device's name where it is not; and T-F1 from outside: no configuration file ends `check` with a signal."""

import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, free_block, free_port, get_json, output_of, wait_for

BUILD = sys.argv[1]
AGENT = os.path.join(BUILD, "pue-agent")
PLANT = os.path.join(BUILD, "pue-plant")

BAD_FILES = {
    "bare_cjk": "[电表]\n".encode(), "odd_header": b"[?", "bom": b"\xef\xbb\xbf(", "bad_utf8": b'a = "\xc3\x28"',
    "overlong": b'a = "\xc0\xaf"', "nul": b"a = 1\0", "utf16": "a = 1\n".encode("utf-16"), "duplicate": b"a = 1\na = 2\n",
    "overflow": b"a = 99999999999999999999\n", "date": b"a = 1979-02-30\n", "deep_key": b"a" + b".a" * 300_000 + b" = 1",
    "brackets": b"[" * 1_000_000, "large": b"a = 1 # \n" * 2_500_000, "many_keys": b"".join(
        b"k%d = 1\n" % i for i in range(1_000_000)),
}


def probe(config, expect):
    return json.loads(output_of(AGENT, "check", "--config.file", config, "--probe", "--output", "json", expect=expect))


def bad_files(programs):
    for name, content in BAD_FILES.items():
        path = os.path.join(programs.path, name + ".toml")
        with open(path, "wb") as file:
            file.write(content)
        done = subprocess.run([AGENT, "check", "--config.file", path], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=20)
        assert done.returncode == 2, f"{name}: ended with {done.returncode}"
        assert path.encode() in done.stderr, f"{name}: {done.stderr!r}"
    print(f"ok   {len(BAD_FILES)} bad files are configuration errors")


def main():
    with Programs() as programs:
        bad_files(programs)
        base, truth = free_block(64), free_port()
        options = ["--base-port", base, "--rtu-link", os.path.join(programs.path, "rtu")]
        right = output_of(PLANT, *options, "--print-agent-config")
        programs.start("plant", PLANT, *options, "--truth.listen-address", f"127.0.0.1:{truth}")
        wait_for("the plant", lambda: get_json(f"http://127.0.0.1:{truth}/"))

        seen = probe(programs.write("right.toml", right), 0)["probe"]
        assert seen["findings"] == [], seen["findings"]
        assert seen["good"] == seen["points"] > 500, seen
        print(f"ok   {seen['good']} points and no finding")

        wrong, changed = re.subn(r'(\[device\.racks-a11\]\nbus = "[^"]*"\nunit = )\d+', r"\g<1>99", right)
        assert changed == 1
        wrong, changed = re.subn(r'(\[device\.utility-a\][^[]*profile = )"[^"]*"', r'\g<1>"schneider-pm8000"', wrong)
        assert changed == 1
        findings = probe(programs.write("wrong.toml", wrong), 3)["probe"]["findings"]
        assert {finding["device"] for finding in findings} == {"racks-a11", "utility-a"}, findings
        print("ok   a wrong unit and a wrong profile are found, and nothing else")


main()
