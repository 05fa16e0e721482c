"""Feeds promtool an exposition with hostile names and a value in every metric, and wants no complaint."""

import pathlib
import re
import subprocess
import sys
import unittest

BUILD = pathlib.Path(sys.argv[1])
CATALOGUE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "metrics.md"


def exposition() -> bytes:
    return subprocess.run([BUILD / "tests" / "hostile_exposition"], check=True, capture_output=True, timeout=30).stdout


def judged(text: bytes) -> subprocess.CompletedProcess:
    return subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=30)


class Promtool(unittest.TestCase):
    def test_finds_nothing_wrong(self):
        result = judged(exposition())
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))

    def test_would_refuse_what_devices_really_send(self):
        """The judge judges: one raw Latin-1 byte in one label, and everything is refused."""
        self.assertNotEqual(judged(exposition().replace("°".encode(), b"\xb0", 1)).returncode, 0)

    def test_saw_every_metric_of_the_catalogue(self):
        text = exposition().decode()
        documented = set(re.findall(r"^\| `((?:pue|process)_\w+)`", CATALOGUE.read_text(), re.MULTILINE))
        shown = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
        self.assertGreater(len(documented), 70)
        self.assertEqual(documented, shown)

    def test_gives_the_same_names_to_a_parser(self):
        """No name escaped from its label: every line is one series and one number."""
        series = re.compile(r'^[a-z0-9_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)*\})? \S+$')
        for line in exposition().decode().splitlines():
            if not line.startswith("#"):
                self.assertRegex(line, series)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
