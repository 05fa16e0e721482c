"""Client certificates, with curl and the openssl command as peers: signed by the right authority, by another, expired,
made for servers, with a name that is not allowed, and none; in TLS 1.2 and 1.3."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
from behind_tls import Authority, Served, curl, s_client
from support import Programs

VERSIONS = ("1.2", "1.3")


def web(kind, *more):
    return ("tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
            f"  client_auth_type: {kind}\n" + "".join(f"  {line}\n" for line in more))


class Peers:
    """Every kind of client."""

    def __init__(self, programs):
        self.authority = Authority(programs.path)
        self.authority.sign("server", "IP:127.0.0.1")
        other = Authority(programs.path, "other-ca")
        self.pairs = {
            "none": None,
            "good": self.authority.sign("good", "DNS:prometheus.example,email:ops@prometheus.example", purpose="clientAuth"),
            "unsaid": self.authority.sign("unsaid", "IP:192.0.2.7,IP:2001:db8::7,URI:spiffe://site/prometheus", key="P-256"),
            "name": self.authority.sign("name", "DNS:evil.example"),
            "expired": self.authority.sign("expired", "DNS:prometheus.example", expired=True),
            "server": self.authority.sign("for-servers", "DNS:prometheus.example", purpose="serverAuth"),
            "other": other.sign("of-another", "DNS:prometheus.example"),
        }

    def ask(self, served, who, version):
        return curl(served.url(), "--cacert", self.authority.certificate, "--tlsv1.2", "--tls-max", version,
                    pair=self.pairs[who])

    def check(self, served, accepted, what):
        """Those accepted are, all the others are not, and the port serves on in between."""
        for version in VERSIONS:
            for who in self.pairs:
                status, text, _ = self.ask(served, who, version)
                if who in accepted:
                    assert status == 200, (what, version, who, text)
                else:
                    assert status < 0, (what, version, who, status, text)
                    # The peer is told why, and not hung up on. In TLS 1.3 it has sent its request before it can know, and
                    # may find that nobody takes it before it reads the alert.
                    told = "alert (handshake failure|certificate required|bad certificate)"
                    cut = r"|curl: \((55|56)\)" if version == "1.3" else ""  # sending, receiving
                    assert re.search(told + cut, text), text
        print(f"ok   {what}: {', '.join(accepted)}, and nobody else")


def main():
    with Programs() as programs:
        peers = Peers(programs)
        everybody = list(peers.pairs)
        given = [who for who in everybody if who != "none"]
        ca = "client_ca_file: ca.pem"
        for name, text, accepted in (
                ("NoClientCert", web("NoClientCert"), everybody),
                ("RequestClientCert", web("RequestClientCert"), everybody),
                ("RequireAnyClientCert", web("RequireAnyClientCert"), given),
                ("VerifyClientCertIfGiven", web("VerifyClientCertIfGiven", ca), ["none", "good", "unsaid", "name"]),
                ("RequireAndVerifyClientCert", web("RequireAndVerifyClientCert", ca), ["good", "unsaid", "name"]),
        ):
            peers.check(Served(programs, text, name), accepted, name)
        for number, (san, who) in enumerate((("prometheus.example", "good"), ("ops@prometheus.example", "good"),
                                             ("192.0.2.7", "unsaid"), ("2001:db8::7", "unsaid"),
                                             ("spiffe://site/prometheus", "unsaid"))):
            served = Served(programs, web("RequireAndVerifyClientCert", ca, f'client_allowed_sans: ["x.example", "{san}"]'),
                            f"san-{number}")
            peers.check(served, [who], f"allowed {san}")
        for san in ("*.example", "PROMETHEUS.EXAMPLE", "example", "prometheus.example."):
            served = Served(programs, web("RequireAndVerifyClientCert", ca, f'client_allowed_sans: ["{san}"]'), "no-san")
            for version in VERSIONS:
                assert peers.ask(served, "good", version)[0] < 0, san
        print("ok   an allowed name is that name exactly")

        served = Served(programs, web("RequireAnyClientCert", 'client_allowed_sans: ["prometheus.example"]'), "any-san")
        peers.check(served, ["good", "expired", "server", "other"], "RequireAnyClientCert with an allowed name")

        served = Served(programs, web("RequireAndVerifyClientCert", ca), "log")
        peers.ask(served, "expired", "1.3")
        for _ in range(20):
            peers.ask(served, "other", "1.3")
        lines = [line for line in served.log().splitlines() if "client certificate is refused" in line]
        assert len(lines) == 1 and "expired" in lines[0], lines
        print("ok   a refusal is told in the log, and the next 20 are held back")

        # A session that is resumed would not be asked again.
        for version in ("-tls1_2", "-tls1_3"):
            _, text = s_client(served.port, version, "-cert", peers.pairs["good"][0], "-key", peers.pairs["good"][1],
                               "-reconnect" if version == "-tls1_2" else "-no_ign_eof")
            assert "Reused" not in text and "New, TLSv1" in text, text
        print("ok   no session is resumed")


main()
