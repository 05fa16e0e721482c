"""The confinement that packaging/systemd/pue-agent.service asks for, made without systemd: its system call filter and its
address families as a seccomp program, no privileges, a user of no rights. Run as a program it confines itself and
becomes another: confinement.py UNIT PROGRAM ARGUMENT..."""

import ctypes
import os
import re
import resource
import struct
import subprocess
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
LOAD, JUMP_EQUAL, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, THIRD_ARGUMENT = 0, 4, 16, 32
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NOBODY = 65534


def settings(unit):
    """Every value of each key of a unit file."""
    found = {}
    with open(unit, encoding="utf-8") as file:
        for line in file:
            key, equals, value = line.strip().partition("=")
            if equals and not key.startswith("#"):
                found.setdefault(key, []).append(value)
    return found


def members(name):
    """The system calls of one of systemd's sets."""
    if not name.startswith("@"):
        return {name}
    listing = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True,
                             timeout=30).stdout
    calls = set()
    for line in listing.splitlines()[1:]:
        entry = line.strip()
        if entry and not entry.startswith("#"):
            calls |= members(entry)
    return calls


def allowed_calls(unit):
    calls = members("@default")
    for line in unit["SystemCallFilter"]:
        for entry in line.lstrip("~").split():
            calls = calls - members(entry) if line.startswith("~") else calls | members(entry)
    return calls


def call_numbers():
    listing = subprocess.run(["gcc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null"],
                             capture_output=True, text=True, check=True, timeout=30).stdout
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)$", listing, re.M)}


def instruction(operation, value=0, if_true=0, if_false=0):
    return struct.pack("HBBI", operation, if_true, if_false, value)


def answer(what):
    return instruction(RETURN, what)


def when(number, block):
    """`block` for this system call; for any other, what comes after it. The block ends in an answer."""
    return [instruction(JUMP_EQUAL, number, 0, len(block)), *block]


def program(unit):
    """The filter as a program of classic BPF, which sees a call's number, its architecture and its arguments."""
    numbers = call_numbers()
    code = [instruction(LOAD, ARCHITECTURE), instruction(JUMP_EQUAL, ARCHITECTURES[os.uname().machine], 1, 0),
            answer(ERRNO | EPERM), instruction(LOAD, NUMBER)]

    families = [{"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}[name]
                for name in " ".join(unit["RestrictAddressFamilies"]).split()]
    code += when(numbers["socket"], [
        instruction(LOAD, FIRST_ARGUMENT),
        *(instruction(JUMP_EQUAL, family, len(families) - index, 0) for index, family in enumerate(families)),
        answer(ERRNO | EAFNOSUPPORT), answer(ALLOW)])
    if unit["MemoryDenyWriteExecute"] == ["yes"]:
        write, execute = 0x2, 0x4
        code += when(numbers["mmap"], [
            instruction(LOAD, THIRD_ARGUMENT), instruction(JUMP_ANY_BIT, execute, 0, 2),
            instruction(JUMP_ANY_BIT, write, 0, 1), answer(ERRNO | EPERM), answer(ALLOW)])
        code += when(numbers["mprotect"], [
            instruction(LOAD, THIRD_ARGUMENT), instruction(JUMP_ANY_BIT, execute, 0, 1), answer(ERRNO | EPERM),
            answer(ALLOW)])
    if unit["RestrictNamespaces"] == ["yes"]:  # clone3 hides its flags in memory; systemd answers ENOSYS as well
        code += when(numbers["clone3"], [answer(ERRNO | ENOSYS)])
    for name in sorted(allowed_calls(unit) & numbers.keys()):
        code += when(numbers[name], [answer(ALLOW)])
    return code + [answer(ERRNO | EPERM)]


class FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def prctl(*arguments):
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"prctl{arguments[:2]}")


def confine(unit):
    """From here on this process and what it becomes has what the unit leaves it."""
    code = program(unit)
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    os.chdir("/")
    resource.setrlimit(resource.RLIMIT_CORE, (int(unit["LimitCORE"][0]),) * 2)
    # Half of what the unit gives as the soft limit, to see whether the agent can still raise it to the hard one.
    most = min(int(unit["LimitNOFILE"][0]), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (most // 2, most))
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    filter_program = FilterProgram(len(code), b"".join(code))
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter_program))


if __name__ == "__main__":
    confine(settings(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
