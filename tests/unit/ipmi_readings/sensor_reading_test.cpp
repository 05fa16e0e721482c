#include "collectors/ipmi/sensor_reading.h"

#include <doctest/doctest.h>
#include <initializer_list>

namespace pue::ipmi {
namespace {

Answer answer(std::uint8_t code, std::initializer_list<std::uint8_t> bytes) {
  Answer answer;
  answer.completion_code = code;
  answer.size = static_cast<std::uint8_t>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), answer.bytes.begin());
  return answer;
}

NoReading reason(const Answer& answer) { return parse_sensor_reading(answer).error(); }

TEST_CASE("a sensor that scans has a value, and states when it sends them") {
  const auto reading = parse_sensor_reading(answer(0, {0x37, 0xC0, 0x01, 0x82}));
  REQUIRE(reading);
  CHECK(reading->value == 0x37);
  CHECK(reading->states == 0x0201);
  CHECK(parse_sensor_reading(answer(0, {0x37, 0x40}))->states == 0);
}

TEST_CASE("a sensor that is unavailable or does not scan has no value, whatever its byte says") {
  CHECK(reason(answer(0, {0x37, 0xE0, 0})) == NoReading::unavailable);
  CHECK(reason(answer(0, {0x37, 0x80, 0})) == NoReading::not_scanning);
  CHECK(reason(answer(0, {0x37, 0x20, 0})) == NoReading::unavailable);
}

TEST_CASE("a busy BMC is told from one that has no such sensor and from one that forbids it") {
  CHECK(reason(answer(0xC0, {})) == NoReading::busy);
  CHECK(reason(answer(0xC3, {})) == NoReading::busy);
  CHECK(reason(answer(0xCE, {})) == NoReading::busy);
  CHECK(reason(answer(0xCB, {})) == NoReading::absent);
  CHECK(reason(answer(0xC1, {})) == NoReading::absent);
  CHECK(reason(answer(0xD4, {})) == NoReading::forbidden);
  CHECK(reason(answer(0x80, {})) == NoReading::malformed);
}

TEST_CASE("an answer without its flags is no reading") {
  CHECK(reason(answer(0, {})) == NoReading::malformed);
  CHECK(reason(answer(0, {0x37})) == NoReading::malformed);
}

}  // namespace
}  // namespace pue::ipmi
