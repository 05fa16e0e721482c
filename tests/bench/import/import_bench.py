"""How long an import takes: registers of 100 meters every quarter of an hour.

    import_bench.py BUILD [READINGS [TIMES]]        a million rows are 10000 readings, a year is 35041

Wall time, CPU and memory of each run on a new ledger, then of a run that finds everything recorded already."""

import datetime
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

METERS = 100


def write_site(folder, readings):
    with open(os.path.join(folder, "site.toml"), "w", encoding="utf-8") as file:
        file.write('[ledger]\npath = "ledger.db"\n')
        for i in range(METERS):
            role = 'role = "it.ups"\nupstream = "m0"' if i else 'role = "grid"'
            file.write(f'[[meter]]\nname = "m{i}"\n{role}\n')
    start = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
    with open(os.path.join(folder, "a.csv"), "w", encoding="utf-8") as file:
        file.write("time,meter,register_kwh\n")
        for k in range(readings):
            at = (start + datetime.timedelta(minutes=15 * k)).isoformat()
            file.write("".join(f"{at},m{i},{1000 + i + k * 12.345:.3f}\n" for i in range(METERS)))


def run(agent, folder, expect):
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([agent, "import", "--config.file", "site.toml", "a.csv"], cwd=folder, capture_output=True,
                          text=True, check=False)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != expect:
        raise SystemExit(f"ended with {done.returncode}: {done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1024


def main(build, readings=10000, times=5):
    agent = os.path.join(os.path.abspath(build), "pue-agent")
    with tempfile.TemporaryDirectory(prefix="pue-import-") as folder:
        write_site(folder, int(readings))
        size = os.path.getsize(os.path.join(folder, "a.csv"))
        print(f"{int(readings) * METERS} rows, {size / 1e6:.0f} MB")
        walls = []
        for _ in range(int(times)):
            for name in os.listdir(folder):
                if name.startswith("ledger.db"):
                    os.remove(os.path.join(folder, name))
            wall, cpu, memory = run(agent, folder, 0)
            walls.append(wall)
            print(f"import   {wall:6.2f} s, CPU {cpu:6.2f} s, at most {memory:.0f} MiB")
        print(f"median   {statistics.median(walls):6.2f} s; "
              f"ledger {os.path.getsize(os.path.join(folder, 'ledger.db')) / 1e6:.0f} MB")
        wall, cpu, _ = run(agent, folder, 2)
        print(f"refused  {wall:6.2f} s, CPU {cpu:6.2f} s: all of it is recorded already")


if __name__ == "__main__":
    main(*sys.argv[1:])
