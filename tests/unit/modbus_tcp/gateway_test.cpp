#include <doctest/doctest.h>

#include <map>

#include "tests/unit/modbus_tcp/polled_plan.h"

using namespace pue;
using namespace pue::test;

TEST_CASE("31 units behind one gateway, five of them dead: the live ones keep their interval") {
  ScriptedServer server{[](const Asked& asked) {
    return asked.unit() % 6 == 0 ? std::vector<Act>{} : say(honest(asked), 1ms);  // 6, 12, 18, 24, 30 are dead
  }};
  PolledPlan polled;
  std::vector<PolledPlan::Unit> units;
  for (unsigned unit = 1; unit <= 31; ++unit) units.push_back({.unit = unit, .interval = 500ms, .timeout = 100ms});
  auto& bus = polled.bus(server.port(), PolledPlan::registers(4), units);
  bus.probe_period = 4s;
  Polling polling{polled.plan};
  polling.run_for(2s);  // the dead fall asleep
  polling.good.clear();
  std::map<DeviceId, std::uint64_t> polls;
  for (DeviceId id = 0; id < 31; ++id) polls[id] = polling.device(id).polls();

  polling.run_for(4s);
  for (DeviceId id = 0; id < 31; ++id) {
    CAPTURE(id + 1);
    if ((id + 1) % 6 == 0) {
      CHECK(polling.good[id] == 0);
      CHECK_FALSE(polling.device(id).up());
      CHECK(polling.device(id).polls() - polls[id] >= 1);
      CHECK(polling.device(id).polls() - polls[id] <= 3);
    } else {
      CHECK(polling.good[id] >= 4 * 7);
      CHECK(polling.good[id] <= 4 * 9);
      CHECK(polling.device(id).up());
    }
  }
  CHECK(polling.wrong == 0);
}

TEST_CASE("several requests under way on one connection do not mix, whatever the order of the answers") {
  ScriptedServer server{
      [](const Asked& asked) { return say(honest(asked), std::chrono::milliseconds{1 + 7 * (asked.number % 4)}); }};
  PolledPlan polled;
  std::vector<PolledPlan::Unit> units;
  for (unsigned unit = 1; unit <= 12; ++unit) units.push_back({.unit = unit, .interval = 100ms, .timeout = 200ms});
  polled.bus(server.port(), PolledPlan::registers(4), units).max_in_flight = 4;
  Polling polling{polled.plan};
  REQUIRE(polling.until([&] { return polling.good.size() == 12 && polling.good[11] >= 4 * 6; }));
  CHECK(polling.wrong == 0);
  CHECK(server.connections() == 1);
  for (DeviceId id = 0; id < 12; ++id) CHECK(polling.failures(id, PollFailure::timeout) == 0);
}

TEST_CASE("the pauses after connecting and between requests are kept") {
  std::mutex mutex;
  std::vector<Instant> asked_at;
  ScriptedServer server{[&](const Asked& asked) {
    const std::scoped_lock lock{mutex};
    asked_at.push_back(BootClock::now());
    return say(honest(asked));
  }};
  PolledPlan polled;
  auto& bus =
      polled.bus(server.port(), PolledPlan::registers(2),
                 {{.unit = 1, .interval = 500ms}, {.unit = 2, .interval = 500ms}, {.unit = 3, .interval = 500ms}});
  bus.pause_after_connect = 300ms;
  bus.pause_between_requests = 60ms;
  const auto begin = BootClock::now();
  Polling polling{polled.plan};
  REQUIRE(polling.until([&] { return server.requests() >= 6; }));
  const std::scoped_lock lock{mutex};
  CHECK(asked_at.front() - begin >= 300ms);
  for (std::size_t i = 1; i < asked_at.size(); ++i) CHECK(asked_at[i] - asked_at[i - 1] >= 59ms);
}

TEST_CASE("a gateway that returns after an outage has all its units read at once") {
  auto server = std::make_unique<ScriptedServer>([](const Asked& asked) { return say(honest(asked)); });
  const auto port = server->port();
  PolledPlan polled;
  std::vector<PolledPlan::Unit> units;
  for (unsigned unit = 1; unit <= 10; ++unit) units.push_back({.unit = unit, .interval = 100ms});
  polled.bus(port, PolledPlan::registers(2), units);
  Polling polling{polled.plan};
  REQUIRE(polling.until([&] { return polling.good.size() == 10; }));
  server.reset();
  const auto all_down = [&] {
    for (DeviceId id = 0; id < 10; ++id) {
      if (polling.device(id).up()) return false;
    }
    return true;
  };
  REQUIRE(polling.until(all_down, 2s));
  polling.run_for(1s);
  server =
      std::make_unique<ScriptedServer>([](const Asked& asked) { return say(honest(asked)); }, std::vector<Act>{}, port);
  const auto back = BootClock::now();
  polling.good.clear();
  REQUIRE(polling.until([&] { return polling.good.size() == 10; }, 3s));
  CHECK(BootClock::now() - back <= 1200ms);
}
