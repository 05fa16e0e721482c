"""Plants one violation at a time into a copy of the sources and expects rules.py to find it, and nothing else.

    planted.py ROOT
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

# File, line to add, part of the finding that must follow.
PLANTED = [
    ("agent/units/time.h", '#include "agent/pipeline/sample.h"', "agent/units may not include"),
    ("agent/pipeline/sample.h", '#include "agent/plan/plan.h"', "agent/pipeline may not include"),
    ("agent/plan/plan.h", '#include "agent/energy/step.h"', "agent/plan may not include"),
    ("agent/plan/plan.h", '#include "agent/engine.h"', "agent/plan may not include"),
    ("agent/energy/step.h", '#include "agent/engine_thread.h"', "agent/energy may not include"),
    ("agent/kpi/pue.h", '#include "agent/pipeline/board.h"', "agent/kpi may not include"),
    ("agent/kpi/pue.h", "inline long stamp() { return time(nullptr); }", "agent/kpi is pure"),
    ("agent/kpi/pue.h", "inline auto stamp() { return BootClock::now(); }", "agent/kpi is pure"),
    ("agent/engine.h", '#include "agent/commands/command.h"', "agent:engine may not include"),
    ("agent/engine.cpp", '#include "agent/web/server.h"', "agent:engine may not include"),
    ("agent/exposition/series.h", '#include "agent/engine.h"', "agent/exposition may not include"),
    ("agent/web/api.h", '#include "agent/engine.h"', "agent/web may not include"),
    ("agent/web/api.h", '#include "collectors/collector.h"', "agent/web may not include"),
    ("agent/web/api.h", '#  include  "collectors/modbus/wire.h"', "agent/web may not include"),
    ("collectors/collector.h", '#include "agent/engine.h"', "collectors may not include"),
    ("collectors/modbus/wire.h", '#include "agent/facility/facility_power.h"', "collectors/modbus may not include"),
    ("collectors/profiles/profile.h", '#include "agent/plan/plan.h"', "collectors/profiles may not include"),
    ("collectors/profiles/profile.h", '#include "config/settings.h"', "collectors/profiles may not include"),
    ("config/settings.h", '#include "agent/plan/plan.h"', "config may not include"),
    ("plant/planted.cpp", '#include "agent/pipeline/sample.h"', "plant may not include"),
    ("plant/physics/planted.h", '#include "config/settings.h"', "plant may not include"),
    ("collectors/carrier_pigeon/planted.h", '#include "agent/pipeline/sample.h"', "carrier_pigeon may not include"),
    ("agent/plan/plan.h", '#include "tests/unit/energy/at.h"', "belongs to the tests"),
    ("agent/plan/plan.h", '#include "layer.h"', "from the root"),
    ("collectors/modbus/wire.cpp", "int w(modbus_t* m) { return modbus_write_register(m, 0, 1); }", "could write"),
    ("collectors/modbus/rtu_line.cpp", "int w(modbus_t* m) { return modbus_mask_write_register(m, 0, 1, 2); }",
     "could write"),
    ("collectors/modbus/rtu_line.cpp", "int w(modbus_t* m) { return modbus_write_and_read_registers(m); }",
     "could write"),
    ("collectors/modbus/tcp_session.cpp", "int w(modbus_t* m) { return modbus_send_raw_request(m, 0, 1); }",
     "could write"),
    ("agent/pipeline/spsc_ring.h", "inline void f() { std::atomic_thread_fence(std::memory_order_seq_cst); }",
     "cannot follow"),
    ("agent/units/time.cpp", "\n" * 500, "at most 500"),
]


def rules(root):
    return subprocess.run([sys.executable, "-B", str(HERE / "rules.py"), str(root)], capture_output=True, text=True,
                          timeout=30)


def main(root):
    bad = 0
    with tempfile.TemporaryDirectory(prefix="pue-architecture-") as folder:
        copy = pathlib.Path(folder)
        for top in ("agent", "collectors", "config", "plant"):
            source = pathlib.Path(root) / top
            if source.is_dir():
                shutil.copytree(source, copy / top)
        before = set(rules(copy).stdout.splitlines()[:-1])
        for path, line, expected in PLANTED:
            file = copy / path
            was = file.read_text(encoding="utf-8") if file.exists() else None
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text((was or "") + line + "\n", encoding="utf-8")
            run = rules(copy)
            new = [finding for finding in run.stdout.splitlines()[:-1] if finding not in before]
            good = run.returncode == 1 and len(new) == 1 and new[0].startswith(path) and expected in new[0]
            if not good:
                bad += 1
                print(f"BAD {path} with {line.strip()!r}: {new}")
            if was is None:
                file.unlink()
            else:
                file.write_text(was, encoding="utf-8")
    print(f"{len(PLANTED) - bad} of {len(PLANTED)} planted violations found")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
