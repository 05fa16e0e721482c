"""A core dump of the running agent holds no password: neither that of BMCs which let it in, nor one they refuse, nor one
of a BMC that is not there, nor a key K_g."""

import glob
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, free_block, free_port, get_json, http, output_of, wait_for

BUILD = os.path.abspath(sys.argv[1])
AGENT, PLANT = os.path.join(BUILD, "pue-agent"), os.path.join(BUILD, "pue-plant")
REFUSED, UNHEARD, KEY = b"canary-refused-7Qx2", b"canary-unheard-9Lm4", b"canary-key-K_g-3Vt8"
CLEAR = b"canary-in-the-clear"  # an unprotected text of the same process, to see that the dump is one


def core_of(process, folder):
    """The bytes of the memory image of `process`, which this ends; nothing where the system writes none."""
    with open("/proc/sys/kernel/core_pattern", encoding="ascii") as file:
        pattern = file.read().strip()
    if pattern.startswith(("|", "/")):  # goes to a program, or to a place that is not ours
        gcore = shutil.which("gcore")
        if gcore is None:
            return None
        done = subprocess.run([gcore, "-o", os.path.join(folder, "core"), str(process.pid)], capture_output=True,
                              timeout=60, check=False)
        if done.returncode != 0:
            return None
        process.terminate()
    else:
        process.send_signal(signal.SIGABRT)
    process.wait(timeout=60)
    found = glob.glob(os.path.join(folder, "core*"))
    if not found:
        return None
    with open(found[0], "rb") as file:
        return file.read()


class CoreDump(unittest.TestCase):
    def test_a_core_dump_holds_no_password(self):
        with Programs() as programs:
            def secret(name, text):
                path = os.path.join(programs.path, name)
                with open(path, "wb") as file:
                    file.write(text + b"\n")
                os.chmod(path, 0o600)
                return text

            base, web, truth = free_block(40), free_port(), free_port()
            password = os.path.join(programs.path, "bmc-password")
            options = ["--base-port", base, "--rtu-link", os.path.join(programs.path, "line")]
            output_of(PLANT, *options, "--print-agent-config", "--bmc-password-out", password)
            with open(password, "rb") as file:
                accepted = file.read().strip()
            programs.start("plant", PLANT, *options, "--truth.listen-address", f"127.0.0.1:{truth}")
            wait_for("the plant", lambda: get_json(f"http://127.0.0.1:{truth}/"))
            secrets = [accepted, secret("refused", REFUSED), secret("unheard", UNHEARD), secret("key", KEY)]
            config = programs.write("agent.toml", f"""
[facility]
name = "{CLEAR.decode()}"
[fleet.good]
url = "ipmi://127.10.0.{{1-8}}:{base}"
username = "monitor"
password_file = "bmc-password"
cipher_suites = [17, 3]
interval = "1s"
[device.refused]
url = "ipmi://127.10.0.9:{base}"
username = "monitor"
password_file = "refused"
kg_file = "key"
cipher_suites = [17, 3]
[device.unheard]
url = "ipmi://127.0.0.1:{free_port()}"
username = "monitor"
password_file = "unheard"
""")
            old = resource.getrlimit(resource.RLIMIT_CORE)
            resource.setrlimit(resource.RLIMIT_CORE, (old[1], old[1]))
            self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, old)
            agent = programs.start("agent", AGENT, "run", "--config.file", config, "--log.level", "debug",
                                   "--web.listen-address", f"127.0.0.1:{web}")
            metrics = lambda: http(f"http://127.0.0.1:{web}/metrics")[1]
            wait_for("the fleet's power", lambda: len(re.findall(r'^pue_device_total_power_watts\{device="good-', metrics(), re.M)) >= 7)
            wait_for("the refusal", lambda: 'device="refused",reason="authentication"' in metrics())
            wait_for("the silence", lambda: re.search(r'pue_device_poll_errors_total\{device="unheard"', metrics()))
            page = metrics()
            if old[1] == 0:
                self.skipTest("the limit on core files is 0 and cannot be raised")
            core = core_of(agent, programs.path)
            if core is None:
                self.skipTest("this system writes no core file")
            self.assertGreater(core.count(CLEAR), 0, "the dump is not that of the agent")
            for text in secrets:
                self.assertEqual(core.count(text), 0, f"{text[:6]}... is in the core dump")
                self.assertNotIn(text.decode(), page)
                self.assertNotIn(text.decode(), programs.log("agent"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
