"""A certificate that is renewed on the disk while the agent runs, and a web configuration file that is changed under it:
what is good is taken up, what is bad changes nothing and is told once."""

import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from behind_tls import Authority, PASSWORD, Served, bcrypt, curl
from support import Programs, wait_for

PAIR = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
GOOD = "pue_agent_config_last_reload_successful"


def put(source, target):
    shutil.copy(source, target + ".new")
    os.replace(target + ".new", target)


def subject(served):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{served.port}"], capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=20, check=False)
    return subprocess.run(["openssl", "x509", "-noout", "-subject"], input=done.stdout, capture_output=True, timeout=20,
                          check=False).stdout.decode().strip()


def renewal(programs, authority):
    pem, key = authority.path("server.pem"), authority.path("server.key")
    pairs = {name: authority.sign(name, "IP:127.0.0.1", key=kind) for name, kind in (("first", "rsa:2048"), ("second", "P-256"))}
    put(pairs["first"][0], pem)
    put(pairs["first"][1], key)
    served = Served(programs, PAIR, "renewal")
    assert subject(served) == "subject=CN = first"

    # Half a renewal: a certificate whose key has not come yet.
    put(pairs["second"][0], pem)
    wait_for("the refusal", lambda: subject(served) and "the renewed certificate cannot be used" in served.log())
    for _ in range(5):
        assert subject(served) == "subject=CN = first"
    put(pairs["second"][1], key)
    wait_for("the new certificate", lambda: subject(served) == "subject=CN = second")
    assert served.log().count("the web server's certificate was renewed") == 1
    print("ok   a certificate that is renewed before its key is taken up with it, and that before serves meanwhile")

    for text in (b"", b"garbage", open(pem, "rb").read()[:300]):
        with open(pem, "wb") as file:
            file.write(text)
        time.sleep(1.2)
        assert curl(served.url(), "--cacert", authority.certificate)[0] == 200
    os.remove(pem)
    os.remove(key)
    time.sleep(1.2)
    assert subject(served) == "subject=CN = second"
    assert served.log().count("the renewed certificate cannot be used") == 1, "within a minute it is told once"
    put(pairs["first"][0], pem)
    put(pairs["first"][1], key)
    wait_for("the first certificate", lambda: subject(served) == "subject=CN = first")
    print("ok   a certificate that is emptied, cut or removed changes nothing, and a later good one is taken up")
    looks = os.path.join(programs.path, "strace")
    trace = subprocess.Popen(["strace", "-f", "-e", "trace=openat,accept4", "-o", looks, "-p", str(served.process.pid)],
                             stderr=subprocess.DEVNULL)
    time.sleep(1)
    for _ in range(10):
        subject(served)
    trace.send_signal(signal.SIGINT)
    trace.wait(timeout=20)
    with open(looks, encoding="utf-8", errors="replace") as file:
        calls = file.read()
    assert calls.count("accept4") >= 10 and "server.key" not in calls, "the key is read again although it is the same"
    print("ok   files that stay as they are are not read again")


def reload(programs, authority):
    served = Served(programs, PAIR + f"basic_auth_users: {{prom: {bcrypt('old')}}}\n", "reload")
    ca = ["--cacert", authority.certificate]

    def status(password):
        return curl(served.url("/metrics"), *ca, "-u", "prom:" + password)[0]

    def flag(password):
        return f"\n{GOOD} 1\n" in curl(served.url("/metrics"), *ca, "-u", "prom:" + password)[1]

    def replace(text):
        with open(served.web + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(served.web + ".new", served.web)
        served.process.send_signal(signal.SIGHUP)

    assert status("old") == 200 and status("new") == 401
    for number, bad in enumerate(("nonsense: 1\n", "tls_server_config: [", PAIR + "basic_auth_users: {prom: new}\n",
                                  PAIR.replace("server.pem", "gone.pem"), PAIR.replace("server.key", "second.key"), "",
                                  f"basic_auth_users: {{prom: {bcrypt('new')}}}\n")):
        replace(bad)
        wait_for(f"the refusal of {bad!r}", lambda: served.log().count("the web configuration file is wrong") == number + 1)
        assert status("old") == 200, bad
        wait_for("the metric", lambda: not flag("old"))
    assert "reload.yml:1:1: nonsense: unknown key" in served.log()
    assert "TLS begins and ends when the agent is started again" in served.log()
    os.rename(served.web, served.web + ".away")
    served.process.send_signal(signal.SIGHUP)
    wait_for("the refusal of no file", lambda: served.log().count("the web configuration file is wrong") == 8)
    assert status("old") == 200
    print("ok   a web configuration file that is wrong, gone, or would end TLS changes nothing")

    replace(PAIR + f"basic_auth_users: {{prom: {bcrypt('new')}}}\nhttp_server_config: {{headers: {{X-Frame-Options: deny}}}}\n")
    wait_for("the new password", lambda: status("new") == 200)
    assert status("old") == 401
    wait_for("the metric", lambda: flag("new"))
    assert "X-Frame-Options: deny" in curl(served.url("/metrics"), *ca, "-u", "prom:new")[2]
    replace(PAIR + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n")
    wait_for("client certificates", lambda: curl(served.url(), *ca)[0] < 0)
    assert curl(served.url(), *ca, pair=authority.sign("client", "DNS:client"))[0] == 200
    assert PASSWORD not in served.log() and bcrypt("new")[29:] not in served.log() and bcrypt("old")[29:] not in served.log()
    print("ok   a good one takes the place of that before: users, headers, client certificates")


with Programs() as programs:
    authority = Authority(programs.path)
    renewal(programs, authority)
    reload(programs, authority)
