#include <doctest/doctest.h>

#include <new>
#include <thread>

#include "tests/unit/counted_allocations.h"
#include "tests/unit/modbus_tcp/polled_plan.h"

using namespace pue;
using namespace pue::test;

TEST_CASE("after warm-up 200 polls of 20 devices allocate nothing in the collector's thread") {
  is_other_thread = true;
  ScriptedServer server{[](const Asked& asked) {
    is_other_thread = true;
    return say(honest(asked));
  }};
  PolledPlan polled;
  const auto profile = PolledPlan::registers(30);
  for (unsigned i = 0; i < 20; ++i) polled.bus(server.port(), profile, {{.unit = i + 1}});
  Polling polling{polled.plan};
  REQUIRE(polling.until([&] { return server.requests() >= 100; }));

  const auto before = server.requests();
  counting = true;
  const bool enough = polling.until([&] { return server.requests() >= before + 200; });
  counting = false;
  CHECK(enough);
  CHECK(allocations.load() == 0);
  CHECK(polling.wrong == 0);

  // The counter counts: another thread that allocates is seen.
  counting = true;
  std::thread{[] {
    void* volatile memory = ::operator new(64);
    ::operator delete(memory);
  }}.join();
  counting = false;
  CHECK(allocations.load() >= 1);
}
