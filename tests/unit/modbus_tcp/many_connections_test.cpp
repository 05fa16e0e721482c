#include <doctest/doctest.h>
#include <sys/resource.h>

#include "tests/unit/modbus_tcp/polled_plan.h"

using namespace pue;
using namespace pue::test;

TEST_CASE("1,200 simultaneous connections are polled, beyond the 1,024th descriptor") {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  REQUIRE(limit.rlim_max >= 2600);
  limit.rlim_cur = limit.rlim_max;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);

  ScriptedServer server{[](const Asked& asked) { return say(honest(asked)); }};
  PolledPlan polled;
  const auto profile = PolledPlan::registers(2);
  for (unsigned i = 0; i < 1200; ++i) {
    polled.bus(server.port(), profile, {{.unit = 1 + i % 247, .interval = 1s, .timeout = 1s}});
  }
  Polling polling{polled.plan};
  const auto all_polled = [&] { return polling.good.size() == 1200 && server.open() == 1200; };
  REQUIRE(polling.until(all_polled, 30s));
  polling.good.clear();
  REQUIRE(polling.until([&] { return polling.good.size() == 1200; }, 10s));
  CHECK(polling.wrong == 0);
  CHECK(server.connections() == 1200);

  const auto begin = BootClock::now();
  polling.collector().stop();
  CHECK(BootClock::now() - begin < 1s);
  std::this_thread::sleep_for(200ms);
  CHECK(server.open() == 0);
}
