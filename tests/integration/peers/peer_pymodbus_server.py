#!/usr/bin/python3
"""Registers served by pymodbus: its framers, its decoder, its data store. A second opinion on our clients.

    peer_pymodbus_server.py tcp PORT
    peer_pymodbus_server.py rtu PATH UNIT

pymodbus.server itself wants serial_asyncio, which Debian does not install with it; the loop here is all it adds.
"""
import logging
import os
import socket
import sys
import termios
import tty

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusSlaveContext
from pymodbus.factory import ServerDecoder
from pymodbus.framer.rtu_framer import ModbusRtuFramer
from pymodbus.framer.socket_framer import ModbusSocketFramer
from pymodbus.device import ModbusControlBlock

SIZE = 400


def store():
    block = lambda values: ModbusSequentialDataBlock(0, values)
    return ModbusSlaveContext(
        co=block([i % 3 == 0 for i in range(SIZE)]),
        di=block([i % 5 < 2 for i in range(SIZE)]),
        hr=block([(i * 257 + 7) & 0xFFFF for i in range(SIZE)]),
        ir=block([(65535 - i * 131) & 0xFFFF for i in range(SIZE)]),
        zero_mode=True,
    )


def serve(framer, units, read, write):
    registers = store()

    def answer(request):
        response = request.execute(registers)
        response.transaction_id = request.transaction_id
        response.unit_id = request.unit_id
        write(framer.buildPacket(response))

    while True:
        data = read()
        if not data:
            return
        framer.processIncomingPacket(data, answer, units, single=False)


def main():
    logging.disable(logging.CRITICAL)  # a refusal is what the test asks for
    identity = ModbusControlBlock().Identity
    identity.VendorName = "pymodbus"
    identity.ProductCode = "PM"
    identity.MajorMinorRevision = "3.0.0"
    if sys.argv[1] == "tcp":
        listener = socket.create_server(("127.0.0.1", int(sys.argv[2])))
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                framer = ModbusSocketFramer(ServerDecoder(), client=None)
                serve(framer, list(range(1, 248)), lambda: connection.recv(1024), connection.sendall)
    port = os.open(sys.argv[2], os.O_RDWR | os.O_NOCTTY)
    tty.setraw(port, termios.TCSANOW)
    print("ready", flush=True)
    framer = ModbusRtuFramer(ServerDecoder(), client=None)
    serve(framer, [int(sys.argv[3])], lambda: os.read(port, 1024), lambda data: os.write(port, data))


main()
