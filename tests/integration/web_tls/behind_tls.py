"""An agent behind a web configuration file, certificates made by the openssl command, and curl as its peer."""

import crypt
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import free_port, output_of, wait_for

BUILD = os.path.abspath(sys.argv[1])
AGENT = os.path.join(BUILD, "pue-agent")
CONFIG = '[facility]\nname = "tls"\ntimezone = "UTC"\n'
PASSWORD = "correct horse:battery"


def bcrypt(password, cost=4):
    return crypt.crypt(password, f"$2b${cost:02}$abcdefghijklmnopqrstuu")


class Authority:
    """A certificate authority in a folder of its own, and what it signs."""

    def __init__(self, folder, name="ca"):
        self.folder, self.name = folder, name
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                     self.path(name + ".key"), "-out", self.path(name + ".pem"), "-days", "30", "-subj", f"/CN={name}")
        self.certificate = self.path(name + ".pem")

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def openssl(*arguments, before=()):
        output_of(*before, "openssl", *arguments)

    def sign(self, name, san, key="rsa:2048", purpose=None, expired=False):
        """Paths of a certificate and its key; `purpose` is serverAuth, clientAuth or none said."""
        certificate, secret, request, extensions = (self.path(name + end) for end in (".pem", ".key", ".csr", ".ext"))
        kind = ["rsa:2048"] if key.startswith("rsa") else ["ec", "-pkeyopt", f"ec_paramgen_curve:{key}"]
        self.openssl("req", "-newkey", *kind, "-nodes", "-keyout", secret, "-out", request, "-subj", f"/CN={name}")
        with open(extensions, "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={san}\n" + (f"extendedKeyUsage={purpose}\n" if purpose else ""))
        self.openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.path(self.name + ".key"),
                     "-CAcreateserial", "-out", certificate, "-days", "2", "-extfile", extensions,
                     before=["faketime", "2020-01-01 00:00:00"] if expired else [])
        return certificate, secret


class Served:
    """The agent, with a web configuration file."""

    def __init__(self, programs, web, name="agent", expect=None):
        self.port = free_port()
        self.name, self.programs = name, programs
        self.web = programs.write(name + ".yml", web)
        config = programs.write(name + ".toml", CONFIG)
        self.process = programs.start(name, AGENT, "run", "--config.file", config, "--web.config.file", self.web,
                                      "--web.listen-address", f"127.0.0.1:{self.port}")
        if expect is not None:
            assert self.process.wait(timeout=20) == expect, programs.log(name)
            return
        wait_for("the agent to listen", lambda: "msg=started" in self.log() or self.process.poll() is not None)
        assert self.process.poll() is None, self.log()

    def log(self):
        return self.programs.log(self.name)

    def url(self, path="/-/healthy", scheme="https"):
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def curl(url, *options, pair=None, timeout=20):
    """Status, body and headers of a request, or curl's exit code as a negative status."""
    certificate = ["--cert", pair[0], "--key", pair[1]] if pair else []
    done = subprocess.run(["curl", "-sSi", "--max-time", str(timeout), *certificate, *options, url], capture_output=True,
                          timeout=timeout + 10, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        return -done.returncode, done.stderr.decode(errors="replace"), ""
    head, _, body = done.stdout.decode().replace("\r\n", "\n").partition("\n\n")
    return int(head.split()[1]), body, head


def s_client(port, *options, ca=None):
    """What the openssl command says of a handshake, and whether one was made."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *(["-CAfile", ca] if ca else []),
                           *options], capture_output=True, timeout=20, stdin=subprocess.DEVNULL, check=False)
    text = (done.stdout + done.stderr).decode(errors="replace")
    return "Cipher is (NONE)" not in text and "CONNECTED" in text and "no peer certificate available" not in text, text
