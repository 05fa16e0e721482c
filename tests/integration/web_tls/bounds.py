"""What peers can hold of a server that speaks TLS: idle, half-made and dripping connections are closed in time, answers
that nobody takes do not pile up, scrapes go on meanwhile, and the agent has nothing to do when it is all over."""

import os
import resource
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from behind_tls import Authority, Served, curl
from support import Programs, wait_for

PAIR = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"


class Scraper:
    def __init__(self, served, authority):
        self.served, self.ca = served, authority.certificate

    def slowest(self, times=10):
        slowest = 0.0
        for _ in range(times):
            begun = time.monotonic()
            status, text, _ = curl(self.served.url("/metrics"), "--cacert", self.ca)
            assert status == 200, (status, text)
            slowest = max(slowest, time.monotonic() - begun)
        return slowest


def raw(served):
    return socket.create_connection(("127.0.0.1", served.port), timeout=20)


def secured(served, context):
    return context.wrap_socket(raw(served), server_hostname="127.0.0.1")


def closes_within(connection, seconds):
    """Whether the peer ends the connection in time; what it sends is taken and thrown away."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except (ConnectionError, ssl.SSLError):
        return True
    return True


def hello(context):
    """The first bytes of a handshake."""
    out = ssl.MemoryBIO()
    connection = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="127.0.0.1")
    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def sockets_of(served):
    folder = f"/proc/{served.process.pid}/fd"
    return sum(os.readlink(os.path.join(folder, fd)).startswith("socket:") for fd in os.listdir(folder))


def silent_peers(served, context, scraper, own):
    first = hello(context)
    for what, begin in (("say nothing", b""), ("say half a handshake", first[:60]),
                        ("say a whole first message and nothing more", first)):
        begun = time.monotonic()
        peers = []
        for _ in range(500):
            peers.append(raw(served))
            peers[-1].sendall(begin)
        slowest = scraper.slowest()
        assert slowest < 2, slowest
        wait_for("the end of all", lambda: sockets_of(served) <= own + 2, 20)
        took = time.monotonic() - begun
        assert took < 15, took
        assert all(closes_within(peer, 5) for peer in peers)
        for peer in peers:
            peer.close()
        print(f"ok   500 peers that {what} are gone after {took:.1f} s; slowest scrape {slowest:.2f} s")


def dripping_peers(served, context, scraper):
    first = hello(context)
    plain = [raw(served) for _ in range(20)]
    inside = [secured(served, context) for _ in range(20)]
    for peer in inside:
        peer.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-")
    begun = time.monotonic()
    alive = set(plain) | set(inside)
    step = 0
    while alive and time.monotonic() - begun < 20:
        for peer in list(alive):
            try:
                peer.sendall(first[step:step + 1] if peer in plain else b"a")
                peer.settimeout(0.001)
                if peer.recv(4096) == b"":
                    alive.discard(peer)
            except TimeoutError:
                pass
            except (OSError, ssl.SSLError):
                alive.discard(peer)
        step += 1
        assert scraper.slowest(1) < 2
        time.sleep(0.3)
    took = time.monotonic() - begun
    assert not alive and took > 3, (len(alive), took)
    print(f"ok   peers that drip a handshake, or a request within TLS, are cut after {took:.1f} s")


def idle_after_an_answer(served, context):
    peer = secured(served, context)
    for _ in range(3):
        peer.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        text = b""
        while not text.endswith(b"healthy\n"):
            more = peer.recv(4096)
            assert more, text
            text += more
        assert text.startswith(b"HTTP/1.1 200"), text
    begun = time.monotonic()
    assert closes_within(peer, 15)
    assert 3 < time.monotonic() - begun < 10
    print("ok   a connection that is kept open and not used is closed")


def answers_that_nobody_takes(served, context, scraper, own):
    before = served.resident_bytes()
    begun = time.monotonic()
    peers = []
    for _ in range(40):
        peer = secured(served, context)
        peer.setblocking(False)
        try:
            for _ in range(2000):
                peer.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        except (BlockingIOError, ssl.SSLWantWriteError, OSError):
            pass
        peers.append(peer)
    wait_for("the end of all", lambda: sockets_of(served) <= own + 2, 40)
    most = served.resident_bytes()
    slowest = scraper.slowest()
    took = time.monotonic() - begun
    assert most - before < 64 << 20, (before, most)
    assert slowest < 2, slowest
    for peer in peers:
        peer.close()
    print(f"ok   40 peers that take no answer are gone after {took:.1f} s and left {(most - before) >> 20} MiB")


def nothing_to_do(served, context):
    peers = [secured(served, context) for _ in range(20)]
    for peer in peers[:10]:
        peer.sendall(b"GET /-/hea")
    time.sleep(0.5)
    begun = served.cpu_seconds()
    time.sleep(3)
    busy = (served.cpu_seconds() - begun) / 3
    assert busy < 0.2, busy
    time.sleep(6)
    begun = served.cpu_seconds()
    time.sleep(2)
    later = (served.cpu_seconds() - begun) / 2
    assert later < 0.2, later
    for peer in peers:
        peer.close()
    print(f"ok   with 20 idle TLS connections the agent takes {busy:.0%} of a processor, after their end {later:.0%}")


with Programs() as programs:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    authority = Authority(programs.path)
    authority.sign("server", "IP:127.0.0.1")
    served = Served(programs, PAIR)
    context = ssl.create_default_context(cafile=authority.certificate)
    scraper = Scraper(served, authority)
    scraper.slowest(2)
    own = sockets_of(served)
    silent_peers(served, context, scraper, own)
    dripping_peers(served, context, scraper)
    idle_after_an_answer(served, context)
    answers_that_nobody_takes(served, context, scraper, own)
    nothing_to_do(served, context)
    assert served.process.poll() is None
