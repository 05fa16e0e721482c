"""A SunSpec three-phase meter (models 1 and 203) on Modbus TCP, written from the SunSpec Alliance's model definitions:
names in model 1, watts at W with W_SF, watt-hours at TotWhImp with TotWh_SF. Its energy grows with real time."""

import socket
import struct
import threading
import time

BASE = 40000
NOT_IMPLEMENTED = 0x8000  # of an int16


def text(value, registers):
    raw = value.encode().ljust(2 * registers, b"\0")
    return list(struct.unpack(f">{registers}H", raw))


class SunspecMeter:
    """Answers function 3 on 127.0.0.1 from start() to stop(); may be started again, with another serial number."""

    def __init__(self, port, watts, serial):
        self.port, self.watts, self.serial = port, watts, serial
        self.watt_hours, self.began = 500_000.0, time.monotonic()
        self.listener, self.connections = None, []

    def registers(self):
        common = text("Peer", 16) + text("M1", 16) + text("", 8) + text("1.0", 8) + text(self.serial, 16) + [1]
        model = [NOT_IMPLEMENTED] * 105
        model[16], model[20] = self.watts // 10, 1                       # W, W_SF
        energy = int(self.watt_hours + self.watts * (time.monotonic() - self.began) / 3600)
        model[36:52] = [0] * 16
        model[44:46] = struct.unpack(">HH", struct.pack(">I", energy))   # TotWhImp
        model[52] = 0                                                    # TotWh_SF
        return text("SunS", 2) + [1, 65] + common + [203, 105] + model + [0xFFFF, 0]

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        for one in [self.listener, *self.connections]:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
        self.connections = []

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            while header := self.exactly(connection, 7):
                transaction, _, length, unit = struct.unpack(">HHHB", header)
                function, *rest = self.exactly(connection, length - 1)
                address, count = struct.unpack(">HH", bytes(rest[:4]))
                found = self.registers()[address - BASE:address - BASE + count] if address >= BASE else []
                if function == 3 and len(found) == count:
                    answer = struct.pack(f">BB{count}H", 3, 2 * count, *found)
                else:
                    answer = bytes([function | 0x80, 2 if function == 3 else 1])
                connection.sendall(struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit) + answer)
        except (OSError, ValueError, struct.error):
            pass

    @staticmethod
    def exactly(connection, count):
        data = b""
        while len(data) < count:
            more = connection.recv(count - len(data))
            if not more:
                raise OSError("closed")
            data += more
        return data
