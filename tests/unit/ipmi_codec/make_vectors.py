"""Computes whole log-ins and a sealed packet with Python's hmac and `openssl enc`, for vectors_test.cpp:

    make_vectors.py > tests/unit/ipmi_codec/vectors.inc

Written from IPMI 2.0, 13.20 to 13.24 (RAKP), 13.28, 13.29 (integrity, encryption) and 13.31 to 13.32 (keys); it shares
nothing with the agent. What is random in life is counted up here."""

import hashlib
import hmac
import struct
import subprocess

CONSOLE, BMC = 0xA0A1A2A3, 0x02004B17
CONSOLE_RANDOM, BMC_RANDOM = bytes(range(0x30, 0x40)), bytes(range(0xC0, 0xD0))
GUID, IV = bytes(range(0x70, 0x80)), bytes(range(0xE0, 0xF0))
# The answer to Get Device ID with tag 21: the shortest, and one that fills a block of AES but for its last byte.
MESSAGES = [bytes.fromhex("811c63205401c1"), bytes.fromhex("811c632054010020810210029f9112")]

CASES = [  # suite, user, password, K_g, privilege, role without the name-only bit in RAKP 3, packets signed with SIK
    (3, b"pue", b"pue-pass", b"", 2, False, False),
    (17, b"pue", b"pue-pass", b"", 2, False, False),
    (3, b"sixteen-letters!", b"twenty-letter-secret", b"twenty-letters-of-kg", 3, False, False),
    (17, b"sixteen-letters!", b"twenty-letter-secret", b"twenty-letters-of-kg", 3, False, False),
    (3, b"", b"", b"k", 2, False, False),
    (17, b"", b"", b"", 2, False, False),
    (3, b"intel", b"p", b"", 2, True, False),
    (17, b"intel", b"p", b"", 3, True, False),
    (3, b"sik", b"p", b"", 2, False, True),
    (17, b"sik", b"p", b"", 2, False, True),
]


def encrypted(key, plain):
    return subprocess.run(["openssl", "enc", "-aes-128-cbc", "-nopad", "-K", key.hex(), "-iv", IV.hex()], input=plain,
                          capture_output=True, check=True).stdout


def sealed(message, sequence, digest, code_size, integrity_key, aes_key):
    message += bytes([-sum(message[3:]) & 0xFF])
    pad = -(len(message) + 1) % 16
    payload = IV + encrypted(aes_key, message + bytes(range(1, pad + 1)) + bytes([pad]))
    covered = struct.pack("<BBIIH", 0x06, 0xC0, CONSOLE, sequence, len(payload)) + payload
    fill = -(len(covered) + 2) % 4
    covered += b"\xff" * fill + bytes([fill, 0x07])
    return b"\x06\x00\xff\x07" + covered + hmac.new(integrity_key, covered, digest).digest()[:code_size]


def literal(data):
    return "{" + ", ".join(f"0x{byte:02X}" for byte in data) + "}"


for suite, user, password, kg, privilege, plain_role, with_sik in CASES:
    digest, code_size = (hashlib.sha1, 12) if suite == 3 else (hashlib.sha256, 16)

    def code(key, *parts):
        return hmac.new(key, b"".join(parts), digest).digest()

    role = bytes([0x10 | privilege])
    name = bytes([len(user)]) + user
    console, bmc = struct.pack("<I", CONSOLE), struct.pack("<I", BMC)
    rakp_2 = code(password, console, bmc, CONSOLE_RANDOM, BMC_RANDOM, GUID, role, name)
    rakp_3 = code(password, BMC_RANDOM, console, bytes([privilege]) if plain_role else role, name)
    sik = code(kg or password, CONSOLE_RANDOM, BMC_RANDOM, role, name)
    rakp_4 = code(sik, CONSOLE_RANDOM, bmc, GUID)[:code_size]
    integrity = sik if with_sik else code(sik, b"\x01" * 20)
    aes = code(sik, b"\x02" * 20)[:16]
    packets = [sealed(message, 9 + n, digest, code_size, integrity, aes) for n, message in enumerate(MESSAGES)]
    print(f'{{{suite}, "{user.decode()}", "{password.decode()}", "{kg.decode()}", {privilege}, '
          f"{str(plain_role).lower()}, {str(with_sik).lower()},")
    print(",\n".join(literal(part) for part in (rakp_2, rakp_3, rakp_4, integrity, aes, *packets)) + "},")
