"""A real Prometheus scrapes by TLS, with a client certificate and a password, and itself serves behind the same web
configuration file: what it accepts of the file the agent accepts, and the same passwords are good for both."""

import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from behind_tls import Authority, PASSWORD, Served, bcrypt, curl
from support import Programs, free_port, output_of, wait_for

WEB = """tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS12
  max_version: TLS13
  cipher_suites:
    - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
    - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    - TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
  prefer_server_cipher_suites: true
  curve_preferences: [X25519, CurveP256]
http_server_config:
  http2: true
  headers:
    Strict-Transport-Security: max-age=31536000
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
basic_auth_users:
  prometheus: {hash}
"""

SCRAPE = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: pue-agent
    scheme: https
    tls_config: {{ca_file: ca.pem, cert_file: client.pem, key_file: client.key}}
    basic_auth: {{username: prometheus, password_file: password}}
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
  - job_name: without-password
    scheme: https
    tls_config: {{ca_file: ca.pem, cert_file: client.pem, key_file: client.key}}
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
  - job_name: without-certificate
    scheme: https
    tls_config: {{ca_file: ca.pem}}
    basic_auth: {{username: prometheus, password_file: password}}
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
"""


def main():
    with Programs() as programs:
        authority = Authority(programs.path)
        authority.sign("server", "IP:127.0.0.1", purpose="serverAuth")
        pair = authority.sign("client", "DNS:prometheus.example", purpose="clientAuth")
        programs.write("password", PASSWORD + "\n")
        web = WEB.format(hash=bcrypt(PASSWORD, 10).replace("$2b$", "$2y$"))
        served = Served(programs, web)
        output_of("promtool", "check", "web-config", served.web)

        port = free_port()
        config = programs.write("prometheus.yml", SCRAPE.format(port=served.port))
        programs.start("prometheus", "prometheus", f"--config.file={config}", f"--storage.tsdb.path={programs.path}/tsdb",
                       f"--web.listen-address=127.0.0.1:{port}", f"--web.config.file={served.web}")

        def ask(path, *options):
            return curl(f"https://127.0.0.1:{port}{path}", "--cacert", authority.certificate, *options, pair=pair)

        user = ("-u", "prometheus:" + PASSWORD)
        wait_for("Prometheus", lambda: ask("/-/ready", *user)[0] == 200, 60)
        assert ask("/-/healthy")[0] == 401 and ask("/-/healthy", "-u", "prometheus:x")[0] == 401
        print("ok   Prometheus serves behind the same file, with the same password")

        def up(job):
            text = ask("/api/v1/query?query=up%7Bjob%3D%22" + job + "%22%7D", *user)[1]
            return text.split('"value":[')[1].split('"')[1] if '"value":[' in text else None

        wait_for("the scrape", lambda: up("pue-agent") == "1", 60)
        wait_for("the refusals", lambda: (up("without-password"), up("without-certificate")) == ("0", "0"), 60)
        targets = ask("/api/v1/targets", *user)[1]
        assert "server returned HTTP status 401 Unauthorized" in targets and "remote error: tls" in targets, targets
        assert up("pue-agent") == "1"
        assert PASSWORD not in served.log()
        print("ok   it scrapes with certificate and password, and with neither alone")


main()
