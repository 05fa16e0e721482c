#include <doctest/doctest.h>

#include "tests/unit/modbus_tcp/polled_plan.h"

using namespace pue;
using namespace pue::test;

namespace {

/// One device with three registers on one bus, polled every 50 ms with a time-out of 100 ms.
struct OneDevice {
  explicit OneDevice(std::uint16_t port) { polled.bus(port, PolledPlan::registers(3), {{.unit = 5}}); }
  PolledPlan polled;
};

Bytes edited(Bytes frame, std::size_t at, std::uint8_t value) {
  frame[at] = value;
  return frame;
}

/// Answers every third request honestly and the others by `script`, so that a wrong value would stand among right ones.
Script mostly(Script script) {
  return [script = std::move(script)](const Asked& asked) {
    return asked.number % 3 == 2 ? say(honest(asked)) : script(asked);
  };
}

void expect_rejected(const Script& script, PollFailure reason) {
  CAPTURE(std::string{name_of(reason)});
  ScriptedServer server{script};
  OneDevice one{server.port()};
  Polling polling{one.polled.plan};
  CHECK(polling.until([&] { return polling.failures(0, reason) >= 2; }, 8s));
  polling.run_for(150ms);
  CHECK(polling.wrong == 0);
  for (std::size_t other = 0; other < k_poll_failures; ++other) {
    if (other == static_cast<std::size_t>(reason)) continue;
    CAPTURE(std::string{name_of(static_cast<PollFailure>(other))});
    CHECK(polling.failures(0, static_cast<PollFailure>(other)) == 0);
  }
}

}  // namespace

TEST_CASE("each defect of an answer is rejected under its own reason") {
  const auto edit = [](std::size_t at, std::uint8_t value) -> Script {
    return [=](const Asked& asked) { return say(edited(honest(asked), at, value)); };
  };
  const auto shorter = [](const Asked& asked) {  // two registers instead of five, in a sound frame
    auto frame = honest(asked);
    frame.resize(9 + 4);
    frame[5] = 3 + 4;
    frame[8] = 4;
    return say(frame);
  };
  const auto longer = [](const Asked& asked) {
    auto frame = honest(asked);
    frame.insert(frame.end(), {0x12, 0x34});
    frame[5] = static_cast<std::uint8_t>(frame[5] + 2);
    frame[8] = static_cast<std::uint8_t>(frame[8] + 2);
    return say(frame);
  };
  const auto longer_than_said = [](const Asked& asked) {
    auto frame = honest(asked);
    frame.insert(frame.end(), {0x12, 0x34});
    frame[5] = static_cast<std::uint8_t>(frame[5] + 2);
    return say(frame);
  };
  const auto wrong_id = [](const Asked& asked) {
    auto frame = honest(asked);
    frame[1] = static_cast<std::uint8_t>(frame[1] ^ 0x55);
    return say(frame);
  };

  expect_rejected(wrong_id, PollFailure::wrong_transaction);
  expect_rejected(mostly(wrong_id), PollFailure::wrong_transaction);
  expect_rejected(edit(6, 9), PollFailure::wrong_unit);
  expect_rejected(edit(7, 4), PollFailure::wrong_function);
  expect_rejected(edit(3, 1), PollFailure::wrong_protocol);
  expect_rejected(mostly(edit(2, 1)), PollFailure::wrong_protocol);
  expect_rejected(edit(5, 0), PollFailure::wrong_length);
  expect_rejected(edit(5, 1), PollFailure::wrong_length);
  expect_rejected(edit(4, 0xFF), PollFailure::wrong_length);
  expect_rejected(edit(5, 255), PollFailure::wrong_length);
  expect_rejected(edit(5, 2), PollFailure::wrong_length);
  expect_rejected(longer_than_said, PollFailure::wrong_length);
  expect_rejected(shorter, PollFailure::wrong_byte_count);
  expect_rejected(longer, PollFailure::wrong_byte_count);
  expect_rejected(edit(8, 9), PollFailure::wrong_byte_count);
  expect_rejected(mostly(shorter), PollFailure::wrong_byte_count);
}

TEST_CASE("a late answer is never taken for the next one, and the device is read again by the next poll") {
  for (const auto late : {120ms, 240ms, 400ms, 1000ms}) {
    CAPTURE(late.count());
    std::atomic<bool> slow{true};
    ScriptedServer server{[&](const Asked& asked) {
      // what the registers held at the time of the request: a value of its own for each request
      auto frame = honest(asked);
      if (slow && asked.number % 4 == 1) return say(edited(edited(frame, 9, 0x7F), 10, 0xFF), late);
      return say(frame);
    }};
    OneDevice one{server.port()};
    Polling polling{one.polled.plan};
    CHECK(polling.until([&] { return polling.failures(0, PollFailure::timeout) >= 3; }, 8s));
    slow = false;
    polling.run_for(late);
    const auto before = polling.good[0];
    CHECK(polling.until([&] { return polling.good[0] >= before + 9; }, 1s));
    CHECK(polling.wrong == 0);
    CHECK(polling.device(0).up());
  }
}

TEST_CASE("a doubled answer costs the connection and no value") {
  ScriptedServer server{[](const Asked& asked) {
    auto twice = honest(asked);
    const auto once = twice;
    twice.insert(twice.end(), once.begin(), once.end());
    return say(twice);
  }};
  OneDevice one{server.port()};
  Polling polling{one.polled.plan};
  CHECK(polling.until([&] { return polling.good[0] >= 3 * 5; }));
  CHECK(polling.wrong == 0);
  CHECK(polling.failures(0, PollFailure::unsolicited) >= 4);
}

TEST_CASE("an answer sent in advance with the next transaction id is not accepted") {
  ScriptedServer server{[](const Asked& asked) {
    auto frame = honest(asked);
    auto next = honest(asked);
    const auto id = static_cast<std::uint16_t>(asked.transaction() + 1);
    next[0] = static_cast<std::uint8_t>(id >> 8);
    next[1] = static_cast<std::uint8_t>(id & 0xFF);
    next[9] = 0x1A;
    next[10] = 0x0A;
    frame.insert(frame.end(), next.begin(), next.end());
    return say(frame);
  }};
  OneDevice one{server.port()};
  Polling polling{one.polled.plan};
  CHECK(polling.until([&] { return polling.good[0] >= 3 * 10; }));
  CHECK(polling.wrong == 0);
}

TEST_CASE("transaction ids do not follow one another") {
  std::mutex mutex;
  std::vector<std::uint16_t> ids;
  ScriptedServer server{[&](const Asked& asked) {
    const std::scoped_lock lock{mutex};
    ids.push_back(asked.transaction());
    return say(honest(asked));
  }};
  OneDevice one{server.port()};
  Polling polling{one.polled.plan};
  CHECK(polling.until([&] { return server.requests() >= 20; }));
  const std::scoped_lock lock{mutex};
  int follow = 0;
  for (std::size_t i = 1; i < ids.size(); ++i) {
    if (static_cast<std::uint16_t>(ids[i] - ids[i - 1]) <= 4) ++follow;
  }
  CHECK(follow <= 1);
}

TEST_CASE("a flood of 2,000 foreign answers leaves the other devices on time") {
  ScriptedServer flood{[](const Asked& asked) {
    Bytes frames;
    for (unsigned i = 0; i < 2000; ++i) {
      auto frame = honest(asked);
      frame[0] = static_cast<std::uint8_t>(frame[0] ^ (1 + i % 200));
      frames.insert(frames.end(), frame.begin(), frame.end());
    }
    return say(frames);
  }};
  ScriptedServer sound{[](const Asked& asked) { return say(honest(asked)); }};
  PolledPlan polled;
  const auto profile = PolledPlan::registers(3);
  polled.bus(flood.port(), profile, {{.unit = 1}});
  polled.bus(sound.port(), profile, {{.unit = 2}});
  Polling polling{polled.plan};
  polling.run_for(1s);
  CHECK(polling.wrong == 0);
  CHECK(polling.good[0] == 0);
  CHECK(polling.failures(0, PollFailure::wrong_transaction) >= 2);
  CHECK(polling.good[1] >= 3 * 16);
  CHECK(polling.failures(1, PollFailure::timeout) == 0);
}

TEST_CASE("a peer that drips its answer cannot stretch the deadline") {
  const auto drip = [](std::chrono::milliseconds each) -> Script {
    return [each](const Asked& asked) {
      std::vector<Act> acts;
      const auto frame = honest(asked);
      for (std::size_t i = 0; i < frame.size(); ++i) {
        acts.push_back({.kind = Act::Kind::send, .bytes = {frame[i]}, .after = each * static_cast<int>(i)});
      }
      return acts;
    };
  };
  for (const auto each : {60ms, 10ms}) {
    ScriptedServer server{drip(each)};
    OneDevice one{server.port()};
    const auto begin = BootClock::now();
    Polling polling{one.polled.plan};
    REQUIRE(polling.until([&] { return polling.device(0).polls() >= 1; }, 2s));
    CHECK(BootClock::now() - begin < 200ms + 100ms + 50ms);  // first poll, deadline, allowance
    CHECK(polling.failures(0, PollFailure::timeout) == 1);
    CHECK(polling.wrong == 0);
  }
}

TEST_CASE("a peer that accepts and says nothing is down after one deadline and costs no descriptors") {
  ScriptedServer server{[](const Asked&) { return std::vector<Act>{}; }};
  OneDevice one{server.port()};
  Polling polling{one.polled.plan};
  REQUIRE(polling.until([&] { return polling.failures(0, PollFailure::timeout) >= 3; }, 2s));
  CHECK_FALSE(polling.device(0).up());
  polling.run_for(500ms);
  CHECK(server.open() <= 2);
  CHECK(polling.device(0).polls() <= 6);  // dormant: once a probe period
}

TEST_CASE("a peer that accepts and closes, or resets in the middle of a frame, is tried again at its interval only") {
  const auto close = [](const Asked&) { return std::vector<Act>{{.kind = Act::Kind::close, .bytes = {}}}; };
  const auto reset = [](const Asked& asked) {
    auto frame = honest(asked);
    frame.resize(10);
    return std::vector<Act>{{.kind = Act::Kind::send, .bytes = frame},
                            {.kind = Act::Kind::reset, .bytes = {}, .after = 5ms}};
  };
  for (const Script& script : {Script{close}, Script{reset}}) {
    ScriptedServer server{script};
    OneDevice one{server.port()};
    Polling polling{one.polled.plan};
    REQUIRE(polling.until([&] { return polling.failures(0, PollFailure::connection_closed) >= 3; }, 2s));
    CHECK_FALSE(polling.device(0).up());
    polling.run_for(400ms);
    CHECK(server.connections() <= 5);
    CHECK(polling.wrong == 0);
  }
}

TEST_CASE("a server that is no Modbus server and greets each connection is tried at the interval only") {
  ScriptedServer server{[](const Asked&) { return std::vector<Act>{}; },
                        {{.kind = Act::Kind::send, .bytes = {'S', 'S', 'H', '-', '2', '.', '0', '\r', '\n'}}}};
  PolledPlan polled;
  polled.bus(server.port(), PolledPlan::registers(3), {{.unit = 5}}).pause_after_connect = 20ms;
  Polling polling{polled.plan};
  REQUIRE(polling.until([&] { return polling.failures(0, PollFailure::unsolicited) >= 3; }, 2s));
  polling.run_for(300ms);
  CHECK(server.connections() <= 6);
}

TEST_CASE("where nothing listens the device is down at once, and read again within one probe period of its return") {
  std::uint16_t port = 0;
  {
    port = ScriptedServer{[](const Asked&) { return std::vector<Act>{}; }}.port();
  }
  OneDevice one{port};
  Polling polling{one.polled.plan};
  REQUIRE(polling.until([&] { return polling.failures(0, PollFailure::connect_refused) >= 4; }, 4s));
  CHECK_FALSE(polling.device(0).up());

  ScriptedServer server{[](const Asked& asked) { return say(honest(asked)); }, {}, port};
  const auto back = BootClock::now();
  REQUIRE(polling.until([&] { return polling.device(0).up(); }, 3s));
  CHECK(BootClock::now() - back <= 1100ms);  // the plan's probe period is one second
  const auto before = polling.good[0];
  CHECK(polling.until([&] { return polling.good[0] >= before + 9; }, 1s));
}

TEST_CASE("a device that closes idle connections loses no poll") {
  ScriptedServer server{[](const Asked& asked) {
    return std::vector<Act>{{.kind = Act::Kind::send, .bytes = honest(asked)},
                            {.kind = Act::Kind::close, .bytes = {}, .after = 10ms}};
  }};
  OneDevice one{server.port()};
  Polling polling{one.polled.plan};
  CHECK(polling.until([&] { return polling.good[0] >= 3 * 10; }, 2s));
  CHECK(polling.failures(0, PollFailure::connection_closed) == 0);
}

TEST_CASE("each exception has its reason") {
  const std::map<std::uint8_t, PollFailure> meanings{
      {1, PollFailure::illegal_function}, {4, PollFailure::device_failure},     {5, PollFailure::device_busy},
      {6, PollFailure::device_busy},      {10, PollFailure::gateway_path},      {11, PollFailure::gateway_no_response},
      {0, PollFailure::other_exception},  {0xEE, PollFailure::other_exception}, {8, PollFailure::other_exception},
      {7, PollFailure::other_exception},  {9, PollFailure::other_exception}};
  PolledPlan polled;
  std::vector<PolledPlan::Unit> units;
  for (const auto& [code, meaning] : meanings) units.push_back({.unit = 1U + code % 247U});
  std::map<unsigned, std::uint8_t> code_of;
  for (const auto& [code, meaning] : meanings) code_of[1U + code % 247U] = code;
  ScriptedServer server{[&](const Asked& asked) { return say(exception(asked, code_of.at(asked.unit()))); }};
  polled.bus(server.port(), PolledPlan::registers(3), units);
  Polling polling{polled.plan};
  polling.run_for(500ms);
  DeviceId id = 0;
  for (const auto& [code, meaning] : meanings) {
    const int told = code;
    CAPTURE(told);
    CHECK(polling.failures(id, meaning) >= 3);
    CHECK_FALSE(polling.device(id).up());
    ++id;
  }
  CHECK(polling.good.empty());
  CHECK(server.connections() == 1);
}

TEST_CASE("a bad register is isolated in one round, disabled after three, and the others are read all the time") {
  constexpr unsigned k_bad = 8;  // the fifth of ten
  ScriptedServer server{[](const Asked& asked) {
    const bool touches = asked.address() <= k_bad && asked.address() + asked.count() > k_bad;
    return say(touches ? exception(asked, 2) : honest(asked));
  }};
  PolledPlan polled;
  polled.bus(server.port(), PolledPlan::registers(10), {{.unit = 3}});
  Polling polling{polled.plan};
  REQUIRE(polling.until([&] { return polling.good[0] >= 9; }));
  const auto first_round = server.requests();
  CHECK(first_round <= 12);
  REQUIRE(polling.until([&] { return polling.not_good == 1; }));  // the sample that says "unsupported"
  const auto refusals = polling.failures(0, PollFailure::illegal_address);
  polling.run_for(300ms);
  CHECK(polling.failures(0, PollFailure::illegal_address) == refusals);
  CHECK(polling.not_good == 1);
  CHECK(polling.wrong == 0);
  CHECK(polling.device(0).up());
}
