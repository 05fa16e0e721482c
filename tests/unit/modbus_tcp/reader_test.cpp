#include "collectors/modbus/reader.h"

#include <doctest/doctest.h>

#include "tests/unit/modbus_tcp/polled_plan.h"

using namespace pue;
using namespace pue::test;
using modbus::ReadFunction;

namespace {

std::unique_ptr<modbus::Reader> reader_of(const ScriptedServer& server, Duration timeout = 150ms) {
  return modbus::open_tcp({.host = "127.0.0.1", .port = server.port()}, timeout);
}

Bytes identification(const Asked& asked, std::uint8_t object, bool more, std::uint8_t next) {
  return {asked.frame[0],
          asked.frame[1],
          0,
          0,
          0,
          11,
          asked.unit(),
          43,
          14,
          asked.frame[9],
          0x82,
          static_cast<std::uint8_t>(more ? 0xFF : 0),
          next,
          1,
          object,
          1,
          static_cast<std::uint8_t>('a' + object)};
}

}  // namespace

TEST_CASE("a reader gives registers and bits, over one connection") {
  ScriptedServer server{[](const Asked& asked) { return say(honest(asked)); }};
  const auto reader = reader_of(server);
  const auto registers =
      reader->read({.unit = 3, .function = ReadFunction::input_registers, .address = 10, .count = 2});
  REQUIRE(registers);
  CHECK(*registers == std::vector<std::uint16_t>{truth(3, 10), truth(3, 11)});
  const auto bits = reader->read({.unit = 3, .function = ReadFunction::coils, .address = 0, .count = 3});
  REQUIRE(bits);
  CHECK(*bits == std::vector<std::uint16_t>{0, 1, 0});
  CHECK(server.connections() == 1);
}

TEST_CASE("a reader reads by name") {
  ScriptedServer server{[](const Asked& asked) { return say(honest(asked)); }};
  const auto reader = modbus::open_tcp({.host = "localhost", .port = server.port()}, 1s);
  CHECK(reader->read({.unit = 3, .count = 1}).has_value());
  const auto nowhere = modbus::open_tcp({.host = "no-such-host.invalid", .port = 502}, 300ms);
  const auto begin = BootClock::now();
  CHECK(nowhere->read({.unit = 3, .count = 1}).error() == PollFailure::connect_failed);
  CHECK(BootClock::now() - begin < 400ms);
}

TEST_CASE("a reader is as strict as the collector") {
  const auto failure_of = [](const Script& script) {
    ScriptedServer server{script};
    const auto reader = reader_of(server);
    const auto begin = BootClock::now();
    const auto words = reader->read({.unit = 3, .count = 2});
    CHECK(BootClock::now() - begin < 200ms);
    return words ? PollFailure::none : words.error();
  };
  const auto edit = [](std::size_t at, std::uint8_t value) -> Script {
    return [=](const Asked& asked) {
      auto frame = honest(asked);
      frame[at] = static_cast<std::uint8_t>(frame[at] ^ value);
      return say(frame);
    };
  };
  CHECK(failure_of(edit(1, 1)) == PollFailure::wrong_transaction);
  CHECK(failure_of(edit(2, 1)) == PollFailure::wrong_protocol);
  CHECK(failure_of(edit(4, 1)) == PollFailure::wrong_length);
  CHECK(failure_of(edit(6, 1)) == PollFailure::wrong_unit);
  CHECK(failure_of(edit(7, 1)) == PollFailure::wrong_function);
  CHECK(failure_of(edit(8, 1)) == PollFailure::wrong_byte_count);
  CHECK(failure_of([](const Asked& asked) { return say(exception(asked, 11)); }) == PollFailure::gateway_no_response);
  CHECK(failure_of([](const Asked&) { return std::vector<Act>{}; }) == PollFailure::timeout);
  CHECK(failure_of([](const Asked&) { return std::vector<Act>{{.kind = Act::Kind::close, .bytes = {}}}; }) ==
        PollFailure::connection_closed);
  CHECK(failure_of([](const Asked& asked) {
          std::vector<Act> acts;
          for (std::size_t i = 0; i < 13; ++i) {
            acts.push_back({.kind = Act::Kind::send, .bytes = {honest(asked)[i]}, .after = 40ms * static_cast<int>(i)});
          }
          return acts;
        }) == PollFailure::timeout);
}

TEST_CASE("a reader that timed out does not take the late answer for the next") {
  ScriptedServer server{[](const Asked& asked) { return say(honest(asked), asked.number == 0 ? 200ms : 0ms); }};
  const auto reader = reader_of(server);
  CHECK(reader->read({.unit = 3, .address = 5, .count = 1}).error() == PollFailure::timeout);
  for (std::uint16_t address = 6; address < 20; ++address) {
    const auto words = reader->read({.unit = 3, .address = address, .count = 1});
    REQUIRE(words);
    CHECK(words->front() == truth(3, address));
    std::this_thread::sleep_for(10ms);
  }
}

TEST_CASE("identification goes on while more follows, and ends with a device that never does") {
  ScriptedServer endless{[](const Asked& asked) { return say(identification(asked, 0, true, 0)); }};
  const auto stuck = reader_of(endless)->identify(1);
  REQUIRE(stuck);
  CHECK(stuck->size() == 1);
  CHECK(endless.requests() == 1);

  ScriptedServer rising{[](const Asked& asked) {
    const auto object = asked.frame[10];
    return say(identification(asked, object, true, static_cast<std::uint8_t>(object + 1)));
  }};
  const auto many = reader_of(rising)->identify(1);
  REQUIRE(many);
  CHECK(rising.requests() == 32);

  ScriptedServer basic{[](const Asked& asked) {
    return asked.frame[9] == 1 ? say(identification(asked, 0, false, 0)) : say(exception(asked, 3));
  }};
  const auto objects = reader_of(basic)->identify(1);
  REQUIRE(objects);
  CHECK(objects->front().text == "a");
  CHECK(basic.functions() == std::set<int>{43});
}
