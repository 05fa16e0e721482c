"""ipmi_sim, an IPMI server that is not ours, with sensors and DCMI, on free loopback ports; and a bad network."""

import os
import random
import select
import socket
import struct
import threading
import time

from support import free_port, output_of, wait_for

USER, PASSWORD = "admin", "admin"

# What a sensor is to IPMI: type code, unit code, entity id.
TEMPERATURE, FAN, POWER_SUPPLY, OTHER_UNITS = 0x01, 0x04, 0x08, 0x0B
CELSIUS, WATTS, RPM = 1, 6, 18
INLET, PROCESSOR, POWER, SYSTEM, FAN_ENTITY = 0x37, 0x03, 0x0A, 0x07, 0x1D


class Sensor:
    """value = (m * raw + b * 10^b_exponent) * 10^exponent, raw unsigned or (signed=True) in two's complement."""

    def __init__(self, number, name, kind, unit, entity, raw, instance=1, m=1, b=0, exponent=0, b_exponent=0,
                 signed=False, packed=False):
        self.number, self.name, self.kind, self.unit, self.entity, self.instance = (
            number, name, kind, unit, entity, instance)
        self.raw, self.m, self.b, self.exponent, self.b_exponent = raw, m, b, exponent, b_exponent
        self.signed, self.packed = signed, packed

    def value(self, raw=None):
        raw = self.raw if raw is None else raw
        if self.signed and raw > 127:
            raw -= 256
        return (self.m * raw + self.b * 10 ** self.b_exponent) * 10 ** self.exponent

    def record(self, record_id):
        """A full sensor record (IPMI 2.0, table 43-1)."""
        name = self.name.encode("latin-1")
        if self.packed:
            bits = sum((c - 0x20) << (6 * i) for i, c in enumerate(name))
            name = bits.to_bytes((6 * len(name) + 7) // 8, "little")
        body = bytes([0x20, 0, self.number, self.entity, self.instance, 0x7F, 0x68, self.kind, 0x01])
        body += struct.pack("<HHH", 0, 0, 0)
        body += bytes([0x80 if self.signed else 0x00, self.unit, 0, 0])
        body += bytes([self.m & 0xFF, (self.m >> 2) & 0xC0, self.b & 0xFF, (self.b >> 2) & 0xC0, 0,
                       ((self.exponent & 0xF) << 4) | (self.b_exponent & 0xF)])
        body += bytes([0, 0, 0, 0, 255, 0]) + bytes(6) + bytes([0, 0, 0, 0, 0])
        body += bytes([(0x80 if self.packed else 0xC0) | len(name)]) + name
        return struct.pack("<HBBB", record_id, 0x51, 0x01, len(body)) + body


def usual_sensors():
    return [
        Sensor(1, "Inlet Temp", TEMPERATURE, CELSIUS, INLET, 22),
        Sensor(2, "PS1 Input Power", POWER_SUPPLY, WATTS, POWER, 60, instance=1, m=4),
        Sensor(3, "PS2 Input Power", POWER_SUPPLY, WATTS, POWER, 55, instance=2, m=4),
        Sensor(4, "FAN1", FAN, RPM, FAN_ENTITY, 75, m=80),
        Sensor(5, "CPU Temp", TEMPERATURE, CELSIUS, PROCESSOR, 190, m=5, b=-5, exponent=-1, b_exponent=2),
        Sensor(6, "FAN2", FAN, RPM, FAN_ENTITY, 74, instance=2, m=80, packed=True),  # ipmitool cannot read this name
    ]


class IpmiSim:
    """Started by a Programs. `module` is the DCMI module of the build; None: a BMC without DCMI."""

    def __init__(self, programs, module=None, sensors=None, watts=412, celsius=23, active=1, name="ipmi_sim"):
        self.programs, self.name = programs, name
        self.sensors = usual_sensors() if sensors is None else sensors
        self.folder = os.path.join(programs.path, name)
        os.makedirs(os.path.join(self.folder, "state"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.values = os.path.join(self.folder, "values")
        self.set_power(watts, celsius, active)
        for sensor in self.sensors:
            self.set_sensor(sensor.number, sensor.raw)
        load = f'loadlib "{module}" "{self.values}"\n' if module else ""
        self._write("lan.conf", f"""name "{name}"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 {self.port}
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
  endlan
  user 1 true  "" "test" user 10 none md2 md5 straight
  user 2 true  "{USER}" "{PASSWORD}" admin 10 none md2 md5 straight
  user 3 true  "pue" "pue-pass" user 10 none md2 md5 straight
  user 4 false "locked" "locked-pass" user 10 none md2 md5 straight
console 127.0.0.1 {free_port()}
{load}""")
        commands = ["mc_setbmc 0x20", "mc_add 0x20 0x20 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr",
                    "sel_enable 0x20 1000 0x0a"]
        for number, sensor in enumerate(self.sensors, start=1):
            commands.append(f'sensor_add 0x20 0 {sensor.number} {sensor.kind:#x} 0x01 poll 200 file '
                            f'"{self._sensor_file(sensor.number)}"')
            commands.append(f"sensor_set_event_support 0x20 0 {sensor.number} enable scanning per-state "
                            "000000000000000 000000000000000 000000000000000 000000000000000")
            record = " ".join(f"{byte:#04x}" for byte in sensor.record(number))
            commands.append(f"main_sdr_add 0x20 {record}")
        commands.append("mc_enable 0x20")
        self._write("bmc.emu", "\n".join(commands) + "\n")
        self.start()

    def start(self):
        self.process = self.programs.start(self.name, "ipmi_sim", "-c", os.path.join(self.folder, "lan.conf"), "-f",
                                           os.path.join(self.folder, "bmc.emu"), "-s",
                                           os.path.join(self.folder, "state"), "-n")
        wait_for("ipmi_sim", lambda: "Device ID" in self.ipmitool("mc", "info"), 30)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def _write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
            file.write(text)

    def _sensor_file(self, number):
        return os.path.join(self.folder, f"sensor{number}")

    def set_sensor(self, number, raw):
        """Shown within the 200 ms in which ipmi_sim reads its files."""
        self._write(f"sensor{number}.new", f"{raw}\n")
        os.replace(self._sensor_file(number) + ".new", self._sensor_file(number))

    def set_power(self, watts, celsius=23, active=1):
        self._write("values.new", f"{watts} {celsius} {active}\n")
        os.replace(self.values + ".new", self.values)

    def ipmitool(self, *arguments, expect=None):
        return output_of("ipmitool", "-I", "lanplus", "-C", "3", "-H", "127.0.0.1", "-p", self.port, "-U", USER, "-P",
                         PASSWORD, *arguments, expect=expect)

    def freeipmi(self, program, *arguments, expect=0):
        cache = os.path.join(self.folder, "freeipmi")
        os.makedirs(cache, exist_ok=True)
        options = [f"--sdr-cache-directory={cache}"] if program == "ipmi-sensors" else []
        return output_of(program, "-h", f"127.0.0.1:{self.port}", "-D", "LAN_2_0", "-I", "3", "-u", USER, "-p", PASSWORD,
                         "-l", "admin", "-W", "opensesspriv", *options, *arguments, expect=expect)


class UdpRelay:
    """Stands between a client and a BMC and mistreats what passes, in a thread of its own."""

    def __init__(self, port, loss=0.0, doubled=0.0, late=0.0, late_seconds=0.03, cut_short=0.0, giant=0.0, seed=1,
                 address="127.0.0.1"):
        self.chance = random.Random(seed)
        self.loss, self.doubled, self.late, self.late_seconds = loss, doubled, late, late_seconds
        self.cut_short, self.giant = cut_short, giant
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.connect((address, port))
        self.client = None
        self.packets = 0
        self.recorded = []
        self.cut = False
        self.stopping = threading.Event()
        self.waiting = []
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while not self.stopping.is_set():
            now = time.monotonic()
            due = [entry for entry in self.waiting if entry[0] <= now]
            self.waiting = [entry for entry in self.waiting if entry[0] > now]
            for _, forwards, packet in due:
                self._pass(forwards, packet)
            ready = select.select([self.front, self.back], [], [], 0.005)[0]
            for one in ready:
                try:
                    packet, sender = one.recvfrom(2048)
                except OSError:
                    continue
                forwards = one is self.front
                if forwards:
                    self.client = sender
                self.packets += 1
                self.recorded.append((forwards, packet))
                if self.cut or self.chance.random() < self.loss:
                    continue
                if self.chance.random() < self.giant:
                    self._pass(forwards, packet + bytes(65507 - len(packet)))
                if self.chance.random() < self.cut_short:
                    packet = packet[:self.chance.randrange(len(packet))]
                copies = 2 if self.chance.random() < self.doubled else 1
                for _ in range(copies):
                    delay = self.late_seconds if self.chance.random() < self.late else 0.0
                    if delay:
                        self.waiting.append((now + delay, forwards, packet))
                    else:
                        self._pass(forwards, packet)

    def _pass(self, forwards, packet):
        try:
            if forwards:
                self.back.send(packet)
            elif self.client:
                self.front.sendto(packet, self.client)
        except OSError:
            pass

    def close(self):
        self.stopping.set()
        self.thread.join()
        self.front.close()
        self.back.close()
