"""mbpoll, a program of others on libmodbus, reads pue-plant's meters over TCP and over the serial line. What it shows
must be the truth's watts. The addresses and scales here come from the meters' manuals."""

import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support import Programs, free_block, free_port, get_json, http, wait_for

PLANT = os.path.join(sys.argv[1], "pue-plant")


def mbpoll(*arguments, target):
    command = ["mbpoll", "-0", "-1", "-o", "2", *[str(a) for a in arguments], target]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    values = [float(v) for v in re.findall(r"^\[\d+\]:\s+(-?[\d.e+]+)", done.stdout, re.MULTILINE)]
    return values, done.stdout + done.stderr


def tcp(port, unit, register, kind, *more):
    return mbpoll("-m", "tcp", "-p", port, "-a", unit, "-r", register, "-t", kind, *more, target="127.0.0.1")


def rtu(path, unit, register, kind, *more):
    return mbpoll("-m", "rtu", "-b", 19200, "-P", "none", "-a", unit, "-r", register, "-t", kind, *more, target=path)


def equal(name, got, expected, step):
    values, text = got
    assert len(values) == 1, text
    assert abs(values[0] - expected) <= step + abs(expected) * 2e-5, f"{name}: {values[0]}, truth {expected}"
    print(f"ok   {name}: {values[0]:g}, truth {expected:g}")


def meters_show_the_truth(ports, line, truth):
    watts = {name: device["watts"] for name, device in get_json(truth)["devices"].items()}
    equal("utility-a, PM5xxx, kW", tcp(ports["switchboard-a"], 1, 3059, "4:float", "-B"), watts["utility-a"] / 1e3, 0)
    equal("ups-a-out, PAC3200, W", tcp(ports["ups-a"], 2, 65, "4:float", "-B"), watts["ups-a-out"], 0)
    equal("pdu-b2, iEM3000, kW", tcp(ports["pdus-hall-2"], 2, 3059, "4:float", "-B"), watts["pdu-b2"] / 1e3, 0)
    equal("racks-a21, UMG604, W", tcp(ports["racks-hall-1"], 4, 1369, "4:float", "-B"), watts["racks-a21"], 0)
    equal("chillers-1, B23, 0.01 W", tcp(ports["chillers-1"], 1, 23316, "4:int", "-B"), watts["chillers-1"] * 100, 1)
    equal("towers, EM24, 0.1 W", tcp(ports["towers"], 1, 40, "3:int"), watts["towers"] * 10, 1)
    equal("UPS card, whole kW", tcp(ports["ups-a-card"], 1, 437, "3"), watts["ups-a-out"] / 1e3, 0.5)
    equal("crah-2, SDM630, W", rtu(line, 2, 52, "3:float", "-B"), watts["crah-2"], 0)
    equal("lighting, SDM120, W", rtu(line, 3, 12, "3:float", "-B"), watts["lighting"], 0)


def register_grows_by_the_truths_energy(ports, truth):
    def both():
        before = get_json(truth)["devices"]["utility-b"]["joules"]
        values, text = tcp(ports["switchboard-b"], 1, 3205, "4:int", "-B")  # low half of the 64 bits at 3203
        assert len(values) == 1, text
        after = get_json(truth)["devices"]["utility-b"]["joules"]
        return before, values[0] * 3600.0, after

    first = both()
    time.sleep(3)
    second = both()
    grown = second[1] - first[1]
    assert second[0] - first[2] - 3600 <= grown <= second[2] - first[0] + 3600, (first, second)
    print(f"ok   utility-b's register grew by {grown / 3.6e6:.3f} kWh in some 3 s")


def refusals_are_those_of_a_device(ports):
    assert "Illegal data address" in tcp(ports["switchboard-a"], 1, 100, "4")[1]
    assert "Illegal function" in tcp(ports["switchboard-a"], 1, 3059, "3")[1]
    print("ok   unknown register and wrong function are refused")


def faults_show(ports, truth):
    http(f"{truth}fault?device=utility-a&kind=reversed-ct&for=30", data=b"", method="POST")
    values, text = tcp(ports["switchboard-a"], 1, 3059, "4:float", "-B")
    assert values and values[0] < 0, text
    http(f"{truth}fault?device=utility-a&kind=exception&for=30&value=4", data=b"", method="POST")
    assert "failure" in tcp(ports["switchboard-a"], 1, 3059, "4:float", "-B")[1]
    http(f"{truth}clear", data=b"", method="POST")
    http(f"{truth}fault?device=utility-a&kind=silence&for=30", data=b"", method="POST")
    assert "timed out" in tcp(ports["switchboard-a"], 1, 3059, "4:float", "-B")[1]
    http(f"{truth}clear", data=b"", method="POST")
    assert tcp(ports["switchboard-a"], 1, 3059, "4:float", "-B")[0][0] > 0
    print("ok   reversed transformers, exception and silence show, and go")


def exchange(port, request):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        connection.settimeout(5)
        return connection.recv(300)


def frames_may_come_in_pieces_or_together(ports):
    request = struct.pack(">HHHBBHH", 7, 0, 6, 1, 3, 3059, 2)
    with socket.create_connection(("127.0.0.1", ports["switchboard-a"]), timeout=5) as connection:
        connection.settimeout(5)
        for byte in request:
            connection.sendall(bytes([byte]))
            time.sleep(0.01)
        assert len(connection.recv(300)) == 13
        connection.sendall(request * 3)
        answers = b""
        while len(answers) < 39:
            answers += connection.recv(300)
        assert len(answers) == 39 and answers[:2] == b"\x00\x07"
    assert exchange(ports["switchboard-a"], b"GET / HTTP/1.1\r\n\r\n") == b"", "what is no Modbus is cut off"
    print("ok   frames in pieces, together, and none at all")


def writing_is_counted(ports, truth):
    assert get_json(truth)["write_attempts"] == 0
    answer = exchange(ports["switchboard-a"], struct.pack(">HHHBBHH", 1, 0, 6, 1, 6, 3059, 2))
    assert answer[7:9] == b"\x86\x01", answer
    assert get_json(truth)["write_attempts"] == 1
    print("ok   a write is refused and counted")


with Programs() as programs:
    base, truth_port = free_block(64), free_port()
    line = os.path.join(programs.path, "rtu")
    plant = programs.start("plant", PLANT, "--base-port", base, "--rtu-link", line, "--truth.listen-address",
                           f"127.0.0.1:{truth_port}")
    truth = f"http://127.0.0.1:{truth_port}/"
    wait_for("the plant", lambda: get_json(truth))
    ports = {name: int(port) for name, port in re.findall(r"^(\S+) on tcp://127.0.0.1:(\d+)", programs.log("plant"), re.M)}
    assert len(ports) > 20, ports
    meters_show_the_truth(ports, line, truth)
    register_grows_by_the_truths_energy(ports, truth)
    refusals_are_those_of_a_device(ports)
    faults_show(ports, truth)
    frames_may_come_in_pieces_or_together(ports)
    writing_is_counted(ports, truth)
    plant.send_signal(signal.SIGTERM)
    assert plant.wait(timeout=5) == 0
    assert not os.path.lexists(line), "the serial line's link stays behind"
    print("ok   ends cleanly on SIGTERM")
