"""Holds the sources against the rules of docs/architecture.md that no compiler checks.

    rules.py ROOT

Dependencies point one way, files stay short, nothing writes to a device, nothing uses a fence. Prints each finding as
file:line and leaves with 1 if there are any.
"""

import pathlib
import re
import sys

SOURCES = ("agent", "collectors", "config", "plant")
SUFFIXES = {".h", ".cpp", ".in"}
LONGEST = 500

# Which folder may include which, besides itself. A folder that is not here may include nothing, so that a new one has
# to be given its place.
MAY_INCLUDE = {
    "agent/units": set(),
    "agent/pipeline": {"agent/units"},
    "agent/civil": {"agent/units", "config:nearest.h"},
    "agent/log": {"agent/units"},
    "agent/service": {"agent/units"},
    "agent/ledger": {"agent/units", "agent/civil", "agent/pipeline", "agent/plan", "agent/kpi", "agent/log"},
    "config": {"agent/units", "config/toml", "config/data"},
    "config/toml": {"agent/units"},
    "config/data": {"agent/units"},
    "config/yaml": {"config:problem.h"},
    "config/web": {"config", "config/yaml", "config/toml"},
    # config is a leaf. Who reads TOML of its own (profiles, SunSpec models, the plant's settings) shares the guarded
    # parser; who takes a target or a name from a person shares its grammar and its suggestions.
    "collectors/profiles": {"agent/units", "config/toml", "config:nearest.h"},
    "agent/plan": {"agent/units", "agent/civil", "agent/pipeline", "collectors/profiles", "config", "config/toml", "config/data"},
    "agent/energy": {"agent/units", "agent/pipeline", "agent/plan"},
    "agent/kpi": {"agent/units"},
    "agent/drift": {"agent/units"},
    "agent/report": {"agent/units", "agent/civil", "agent/kpi", "agent/ledger", "agent/plan", "config"},
    "agent/history": {"agent/units", "agent/energy", "agent/log", "agent/plan", "agent/ledger", "config:nearest.h"},
    "agent/facility": {"agent/units", "agent/pipeline", "agent/plan", "agent/energy", "agent/kpi", "agent/drift"},
    "agent:engine": {"agent/units", "agent/pipeline", "agent/plan", "agent/energy", "agent/kpi", "agent/drift",
                     "agent/facility"},
    "agent/exposition": {"agent/units", "agent/pipeline", "agent/plan", "agent/log", "collectors/profiles"},
    "agent/web": {"agent/units", "agent/pipeline", "agent/plan", "agent/log", "agent/exposition",
                  "collectors/profiles", "config/web", "config/toml", "config:problem.h"},
    "collectors": {"agent/units", "agent/pipeline", "agent/plan", "agent/log", "collectors/modbus",
                   "collectors/ipmi", "collectors/profiles"},
    "collectors/net": {"agent/units", "agent/log"},
    "collectors/modbus": {"agent/units", "agent/pipeline", "agent/plan", "agent/log", "collectors", "collectors/net",
                          "collectors/profiles", "config/toml", "config:url.h", "config:nearest.h"},
    "collectors/ipmi": {"agent/units", "agent/pipeline", "agent/plan", "agent/log", "collectors", "collectors/net",
                        "collectors/profiles"},
    "agent/commands": {"agent/units", "agent/civil", "agent/pipeline", "agent/plan", "agent/log", "agent/service",
                       "agent/web", "agent/exposition", "agent/ledger", "agent/history", "agent/report", "agent:engine",
                       "agent:version", "collectors", "collectors/net", "collectors/modbus", "collectors/ipmi",
                       "collectors/profiles", "config", "config/toml", "config/data"},
    "agent:main": {"agent/commands", "agent:version"},
    "plant": {"agent/units", "collectors/profiles", "config/toml", "config:nearest.h"},
}

# What a pure folder must not name: it is handed its numbers and its instants.
IMPURE = re.compile(r"\b(?:time|gettimeofday|clock_gettime|getenv|fopen)\s*\(|\bnow\s*\(\)|<(?:fstream|iostream|thread|"
                    r"atomic|mutex|random|ctime)>")
PURE = ("agent/kpi", "agent/drift")

# Nothing here can write to a device. The raw request of the serial line is the one libmodbus function that could; it
# sends what rtu_frame.h builds, and that can build functions 1 to 4 and 43 only.
WRITES = re.compile(r"\w*(?:modbus_write|mask_write|send_raw|report_slave_id|modbus_reply)\w*")
RAW_REQUEST = ("modbus_send_raw_request", re.compile(r"collectors/modbus/(?:rtu_\w+|serial_port)\.cpp"))

FENCE = re.compile(r"\b(?:atomic_thread_fence|atomic_signal_fence|__sync_synchronize|memory_order_consume|_mm_[lsm]fence)"
                   r"\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
COMMENT = re.compile(r"//.*$")


def folder_of(path):
    """The name under which a file, given by its path from the root, stands in the table."""
    parts = path.split("/")
    if parts[0] == "plant":
        return "plant"
    if len(parts) == 2 and parts[0] == "agent":
        return "agent:" + parts[1].split(".")[0].split("_")[0]
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def allowed(path, included):
    source, target = folder_of(path), folder_of(included)
    if source == target:
        return True
    may = MAY_INCLUDE.get(source, set())
    return target in may or f"{target}:{included.rsplit('/', 1)[-1]}" in may


def of_a_line(path, line):
    """The findings of one line of one file."""
    include = INCLUDE.match(line)
    if include:
        included = include.group(1)
        if "/" not in included:
            yield f'"{included}" is not included from the root of the repository'
        elif included.startswith("tests/"):
            yield f'"{included}" belongs to the tests'
        elif included.split("/")[0] in SOURCES and not allowed(path, included):
            yield f'{folder_of(path)} may not include "{included}"'
    code = COMMENT.sub("", line)
    if path.startswith(tuple(f"{folder}/" for folder in PURE)) and (impure := IMPURE.search(code)):
        yield f"{folder_of(path)} is pure and names {impure.group(0).strip()}"
    for write in WRITES.findall(code):
        if write == RAW_REQUEST[0] and RAW_REQUEST[1].fullmatch(path):
            continue
        yield f"{write} could write to a device"
    if fence := FENCE.search(code):
        yield f"{fence.group(0)}: ThreadSanitizer cannot follow it"


def findings(root):
    files = 0
    for top in SOURCES:
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in SUFFIXES or not file.is_file():
                continue
            files += 1
            path = file.relative_to(root).as_posix()
            lines = file.read_text(encoding="utf-8").splitlines()
            if len(lines) > LONGEST:
                yield f"{path}:{LONGEST + 1}: {len(lines)} lines, and a file has at most {LONGEST}"
            for number, line in enumerate(lines, start=1):
                for finding in of_a_line(path, line):
                    yield f"{path}:{number}: {finding}"
    if files < 50:
        yield f"{root}: only {files} files found: the rules were held against nothing"


def main(root):
    found = list(findings(pathlib.Path(root)))
    for finding in found:
        print(finding)
    print(f"{len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
