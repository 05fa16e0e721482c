#include <doctest/doctest.h>

#include "tests/unit/modbus_tcp/polled_plan.h"

using namespace pue;
using namespace pue::test;

TEST_CASE("every register of every device arrives, with its own value") {
  ScriptedServer server{[](const Asked& asked) { return say(honest(asked)); }};
  PolledPlan polled;
  const auto profile = PolledPlan::registers(30);
  for (unsigned i = 0; i < 10; ++i) polled.bus(server.port(), profile, {{.unit = i + 1}});
  Polling polling{polled.plan};

  REQUIRE(polling.until([&] { return polling.good.size() == 10; }));
  polling.run_for(400ms);
  CHECK(polling.wrong == 0);
  for (DeviceId id = 0; id < 10; ++id) {
    CHECK(polling.device(id).up());
    CHECK(polling.good[id] >= 30 * 5);
    CHECK(polling.good[id] <= 30 * 12);
  }
  CHECK(server.connections() == 10);
  CHECK(server.functions() == std::set<int>{3});
}
