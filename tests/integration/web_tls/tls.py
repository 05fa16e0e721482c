"""TLS and users from a web configuration file, with curl and the openssl command as peers: versions and ciphers, names
and passwords, what is refused at the start, and that no log line holds a secret."""

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from behind_tls import AGENT, Authority, CONFIG, PASSWORD, Served, bcrypt, curl, s_client
from support import Programs, free_port, wait_for

PAIR = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"


def versions_are_those_configured(programs, authority):
    for name, more, accepted, refused in (
            ("usual", "", ("1_2", "1_3"), ("1", "1_1")),
            ("newest", "  min_version: TLS13\n", ("1_3",), ("1", "1_1", "1_2")),
            ("older", "  max_version: TLS12\n", ("1_2",), ("1", "1_1", "1_3"))):
        served = Served(programs, PAIR + more, name)
        for version in accepted:
            made, text = s_client(served.port, f"-tls{version}", "-verify_return_error",
                                  ca=authority.certificate)
            assert made and "Verify return code: 0 (ok)" in text, (name, version, text)
        for version in refused:
            # At level 0 openssl itself would speak the old ones.
            made, text = s_client(served.port, f"-tls{version}", "-cipher", "ALL:@SECLEVEL=0")
            assert not made, (name, version, text)
    print("ok   TLS 1.2 and 1.3 are spoken, 1.0 and 1.1 never, and one of the two alone where that is configured")


def ciphers_are_those_configured(programs, authority):
    served = Served(programs, PAIR + "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "
                    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA]\n  curve_preferences: [CurveP384]\n", "ciphers")
    for cipher, expected in (("ECDHE-RSA-AES256-GCM-SHA384", True), ("ECDHE-RSA-AES128-SHA", True),
                             ("ECDHE-RSA-AES128-GCM-SHA256", False), ("ECDHE-RSA-AES256-SHA", False),
                             ("ECDHE-RSA-CHACHA20-POLY1305", False), ("AES256-GCM-SHA384", False),
                             ("DHE-RSA-AES256-GCM-SHA384", False)):
        made, text = s_client(served.port, "-tls1_2", "-cipher", cipher + ":@SECLEVEL=0")
        assert made == expected, (cipher, text)
    for cipher in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"):
        made, text = s_client(served.port, "-tls1_3", "-ciphersuites", cipher)
        assert made and cipher in text, (cipher, text)
    for version in ("-tls1_2", "-tls1_3"):
        assert s_client(served.port, version, "-groups", "P-384")[0]
        assert not s_client(served.port, version, "-groups", "P-256:X25519")[0]
    # The server's order counts, or the client's.
    both = "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384"
    assert "Cipher is ECDHE-RSA-AES256-GCM-SHA384" in s_client(served.port, "-tls1_2", "-cipher", both)[1]
    other = Served(programs, PAIR + "  prefer_server_cipher_suites: false\n", "order")
    both = "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256"
    assert "Cipher is ECDHE-RSA-CHACHA20-POLY1305" in s_client(other.port, "-tls1_2", "-cipher", both)[1]
    assert "Cipher is ECDHE-RSA-AES128-GCM-SHA256" not in s_client(other.port, "-tls1_2", "-cipher", both)[1]
    print("ok   cipher suites and curves are those configured, in both versions")


def a_key_of_an_elliptic_curve_serves(programs, authority):
    authority.sign("curve", "IP:127.0.0.1", key="P-256")
    served = Served(programs, "tls_server_config: {cert_file: curve.pem, key_file: curve.key}\n", "curve-agent")
    assert curl(served.url(), "--cacert", authority.certificate)[:2] == (200, "healthy\n")
    with open(authority.path("curve.pem"), encoding="ascii") as file:
        certificate = file.read()
    with open(authority.path("curve.key"), encoding="ascii") as file:
        key = file.read()
    indented = "".join(f"  {name}: |\n" + "".join(f"    {line}\n" for line in text.splitlines())
                       for name, text in (("cert", certificate), ("key", key)))
    served = Served(programs, "tls_server_config:\n" + indented, "inline")
    assert curl(served.url(), "--cacert", authority.certificate)[:2] == (200, "healthy\n")
    print("ok   an elliptic curve's key serves, from a file and from the configuration itself")


def the_page_is_as_it_was(programs, authority):
    served = Served(programs, PAIR, "page")
    status, page, head = curl(served.url("/"), "--cacert", authority.certificate)
    assert status == 200 and "<html" in page and "Content-Security-Policy: default-src 'none'" in head, head
    assert curl(served.url("/-/reload"), "--cacert", authority.certificate, "-X", "POST", "-H",
                f"Origin: {served.url('')}")[0] == 403
    assert curl(served.url("/-/reload"), "--cacert", authority.certificate, "-X", "POST")[0] == 202
    assert curl(served.url("/metrics"), "--cacert", authority.certificate, "-X", "PUT", "-d", "x")[0] == 405
    headers = Served(programs, PAIR + "http_server_config:\n  headers:\n    Content-Security-Policy: default-src 'self'\n"
                     "    Strict-Transport-Security: max-age=60\n    X-Content-Type-Options: nosniff\n", "headers")
    for path, expected in (("/", 200), ("/nothing", 404), ("/metrics", 200)):
        status, _, head = curl(headers.url(path), "--cacert", authority.certificate)
        assert status == expected and head.count("Content-Security-Policy:") == 1, head
        assert "Content-Security-Policy: default-src 'self'" in head and "Strict-Transport-Security: max-age=60" in head
        assert head.count("X-Content-Type-Options: nosniff") == 1, head
    print("ok   the page, its policy and the refusals are what they are without TLS; configured headers take their place")


def users_are_asked_for(programs, authority):
    users = f"basic_auth_users:\n  prom: {bcrypt(PASSWORD, 10)}\n  other: {bcrypt('x')}\n"
    for name, web, scheme in (("users-tls", PAIR + users, "https"), ("users-plain", users, "http")):
        served = Served(programs, web, name)
        ca = ["--cacert", authority.certificate]
        for path in ("/", "/metrics", "/-/healthy", "/-/ready", "/api/v1/status", "/nothing"):
            status, body, head = curl(served.url(path, scheme), *ca)
            assert status == 401 and "WWW-Authenticate: Basic" in head and "pue_" not in body, (path, head)
        assert curl(served.url("/-/healthy", scheme), *ca, "-u", "prom:" + PASSWORD)[:2] == (200, "healthy\n")
        assert curl(served.url("/metrics", scheme), *ca, "-u", "other:x")[0] == 200
        for wrong in ("prom:", "prom:x", "other:" + PASSWORD, "nobody:x", ":", "prom:" + PASSWORD + "x"):
            assert curl(served.url("/metrics", scheme), *ca, "-u", wrong)[0] == 401, wrong
        for header in ("Bearer x", "Basic", "Basic !", "Basic " + "QUFB" * 2000):
            assert curl(served.url("/metrics", scheme), *ca, "-H", "Authorization: " + header)[0] == 401, header
        assert curl(served.url("/-/reload", scheme), *ca, "-X", "POST")[0] == 401
        assert curl(served.url("/-/reload", scheme), *ca, "-X", "POST", "-u", "other:x")[0] == 202
        assert curl(served.url("/metrics", scheme), *ca, "-d", "body")[0] == 401
        assert curl(served.url("/metrics", scheme), *ca, "-u", "other:x", "-d", "body")[0] == 405
        text = served.log()
        for secret in (PASSWORD, bcrypt(PASSWORD, 10)[29:], "PRIVATE KEY"):
            assert secret not in text
    print("ok   nothing is served without a name and its password, /-/healthy included")


def a_guesser_disturbs_nobody(programs, authority):
    served = Served(programs, f"basic_auth_users:\n  prom: {bcrypt(PASSWORD, 10)}\n", "guesser")
    assert curl(served.url("/metrics", "http"), "-u", "prom:" + PASSWORD)[0] == 200
    guesser = subprocess.Popen(
        ["sh", "-c", 'while :; do curl -s -w "\\n%{http_code}\\n" -u "prom:$$" "$0" "$0" "$0" "$0"; done',
         served.url("/metrics", "http")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True)
    slowest = 0.0
    try:
        end = time.monotonic() + 6
        while time.monotonic() < end:
            begun = time.monotonic()
            assert curl(served.url("/metrics", "http"), "-u", "prom:" + PASSWORD)[0] == 200
            slowest = max(slowest, time.monotonic() - begun)
    finally:
        os.killpg(guesser.pid, 9)
    codes = [line for line in guesser.stdout.read().splitlines() if line.isdigit()]
    verified, later = codes.count("401"), codes.count("429")
    assert 3 <= verified <= 20 and later > 10 and verified + later == len(codes), (verified, later, len(codes))
    assert slowest < 2, slowest
    print(f"ok   of {len(codes)} guesses {verified} were looked at; the slowest scrape meanwhile took {slowest:.2f} s")


def what_is_no_tls_disturbs_nobody(programs, authority):
    served = Served(programs, PAIR, "garbage")
    idle = served.cpu_seconds()
    for payload in ("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n", "\\0" * 300, "\\26\\3\\1\\377\\377aaaa", "\\26\\3\\1\\0\\5\\1\\0\\0\\1\\3",
                    "\\200\\56\\1\\3\\1", "A" * 5000):
        subprocess.run(["bash", "-c", f'exec 3<>/dev/tcp/127.0.0.1/{served.port}; printf "{payload}" >&3; '
                        "timeout 1 cat <&3 >/dev/null"], check=False, timeout=20, stderr=subprocess.DEVNULL)
        assert curl(served.url(), "--cacert", authority.certificate)[:2] == (200, "healthy\n"), payload
    assert curl(served.url(scheme="http"))[0] < 0
    assert served.process.poll() is None and served.cpu_seconds() - idle < 2
    print("ok   plain HTTP and garbage on the port of TLS disturb nobody")


def wrong_files_are_refused_at_the_start(programs, authority):
    programs.write("empty.pem", "")
    authority.sign("another", "IP:127.0.0.1")
    for number, (web, expected) in enumerate((
            ("tls_server_confg: {}\n", "refused-0.yml:1:1: tls_server_confg: unknown key, did you mean"),
            (PAIR + "  min_version: TLS11\n", "refused-1.yml:4:16: tls_server_config.min_version: versions before"),
            (PAIR.replace("server.pem", "gone.pem"), "refused-2.yml: tls_server_config: cannot read"),
            (PAIR.replace("server.key", "another.key"), "refused-3.yml: tls_server_config: certificate"),
            (PAIR.replace("server.pem", "empty.pem"), "refused-4.yml: tls_server_config: certificate"),
            (PAIR + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: empty.pem\n", "holds no certificate"),
            (PAIR + "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n", "cipher_suites has none for TLS 1.2"),
            ("basic_auth_users: {a: plain}\n", "refused-7.yml:1:23: basic_auth_users.a: expected a bcrypt hash"))):
        served = Served(programs, web, f"refused-{number}", expect=2)
        assert expected in served.log() and "plain" not in served.log(), served.log()
    gone = programs.start("gone", AGENT, "run", "--config.file", programs.write("gone.toml", CONFIG), "--web.config.file",
                          "nowhere.yml")
    assert gone.wait(timeout=20) == 2 and "nowhere.yml" in programs.log("gone")
    print("ok   a wrong file, certificate or key ends the start, with its place")


def the_start_warns(programs, authority):
    os.chmod(authority.path("another.key"), 0o644)
    served = Served(programs, "tls_server_config: {cert_file: another.pem, key_file: another.key}\n", "readable")
    assert 'level=warn msg="everybody on this machine can read the key of the web server"' in served.log()
    users = f"basic_auth_users: {{a: {bcrypt('x')}}}\n"
    config = programs.write("open.toml", CONFIG)
    for name, web, expected in (("open-nothing", "", "whoever reaches this address can read all figures"),
                                ("open-tls", PAIR, "whoever reaches this address can read all figures"),
                                ("open-users", users, "names and passwords pass the network in clear text"),
                                ("open-both", PAIR + users, None)):
        programs.start(name, AGENT, "run", "--config.file", config, "--web.config.file",
                       programs.write(name + ".yml", web), "--web.listen-address", f"0.0.0.0:{free_port()}")
        wait_for("the start", lambda: "msg=started" in programs.log(name))
        warnings = [line for line in programs.log(name).splitlines() if "level=warn" in line]
        assert (len(warnings) == 1 and expected in warnings[0]) if expected else not warnings, warnings
    print("ok   a key that everybody can read, and an address that everybody can reach, are warned of")


with Programs() as programs:
    authority = Authority(programs.path)
    authority.sign("server", "IP:127.0.0.1", purpose="serverAuth")
    versions_are_those_configured(programs, authority)
    ciphers_are_those_configured(programs, authority)
    a_key_of_an_elliptic_curve_serves(programs, authority)
    the_page_is_as_it_was(programs, authority)
    users_are_asked_for(programs, authority)
    a_guesser_disturbs_nobody(programs, authority)
    what_is_no_tls_disturbs_nobody(programs, authority)
    wrong_files_are_refused_at_the_start(programs, authority)
    the_start_warns(programs, authority)
