#!/usr/bin/python3
"""The agent never writes to a device: its Modbus library refers to no function of libmodbus that could.

Usage: no_write_test.py BUILD_DIRECTORY
"""
import os
import subprocess
import sys

ALLOWED = {
    "modbus_new_rtu",
    "modbus_free",
    "modbus_connect",
    "modbus_close",
    "modbus_flush",
    "modbus_get_socket",
    "modbus_set_socket",
    "modbus_set_slave",
    "modbus_set_byte_timeout",
    "modbus_set_response_timeout",
    "modbus_rtu_set_serial_mode",
    "modbus_send_raw_request",  # its bytes come from build_read and build_identify alone
    "modbus_receive_confirmation",
}


def main():
    library = os.path.join(sys.argv[1], "collectors", "modbus", "libpue_modbus.a")
    symbols = subprocess.run(["nm", "-u", library], capture_output=True, text=True, check=True).stdout.split()
    used = {symbol for symbol in symbols if symbol.startswith("modbus_")}
    if "modbus_send_raw_request" not in used:
        sys.exit("nm shows no use of libmodbus at all: this test looks in the wrong place")
    if used - ALLOWED:
        sys.exit("libmodbus functions that are not on the list: " + ", ".join(sorted(used - ALLOWED)))


main()
