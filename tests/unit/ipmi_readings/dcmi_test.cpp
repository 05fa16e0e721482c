#include "collectors/ipmi/dcmi.h"

#include <doctest/doctest.h>
#include <vector>

#include "collectors/ipmi/device_id.h"

namespace pue::ipmi {
namespace {

using namespace std::chrono_literals;
using Octets = std::vector<std::uint8_t>;

/// An answer laid out by DCMI 1.5, table 6-16.
Octets power_reading(std::uint16_t watts, std::uint8_t state) {
  return {0xDC,
          static_cast<std::uint8_t>(watts & 0xFF),
          static_cast<std::uint8_t>(watts >> 8),
          0x64,
          0x00,
          0x90,
          0x01,
          0xC8,
          0x00,
          0x00,
          0x10,
          0x5E,
          0x5F,
          0xE8,
          0x03,
          0x00,
          0x00,
          state};
}

TEST_CASE("the power reading has its numbers in little-endian order and its period in milliseconds") {
  const auto power = parse_dcmi_power(power_reading(300, 0x40));
  REQUIRE(power);
  CHECK(power->current == Watts{300});
  CHECK(power->least == Watts{100});
  CHECK(power->most == Watts{400});
  CHECK(power->average == Watts{200});
  CHECK(power->period == 1s);
  CHECK(power->active);
  CHECK(power->is_measured());
}

TEST_CASE("nothing measured is not 0 W, and 0 W measured is") {
  CHECK_FALSE(parse_dcmi_power(power_reading(0, 0x00))->is_measured());
  CHECK(parse_dcmi_power(power_reading(0, 0x40))->is_measured());
}

TEST_CASE("power of a BMC that calls its measurement inactive is taken, and told from an active one") {
  const auto power = parse_dcmi_power(power_reading(250, 0x00));
  CHECK(power->is_measured());
  CHECK_FALSE(power->active);
}

TEST_CASE("a power reading of any other length or group is none") {
  const auto whole = power_reading(300, 0x40);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(parse_dcmi_power(std::span{whole}.first(size)));
  }
  auto other = whole;
  other[0] = 0xDD;
  CHECK_FALSE(parse_dcmi_power(other));
}

TEST_CASE("power management is the first bit of the second byte of the capabilities") {
  CHECK(parse_dcmi_power_capability(Octets{0xDC, 1, 5, 2, 0, 1, 7}) == true);
  CHECK(parse_dcmi_power_capability(Octets{0xDC, 1, 5, 2, 1, 0, 7}) == false);
  CHECK_FALSE(parse_dcmi_power_capability(Octets{0xDC, 1, 5, 2, 0}));
  CHECK_FALSE(parse_dcmi_power_capability(Octets{}));
}

TEST_CASE("a DCMI temperature is a sign and a magnitude, not two's complement") {
  const auto readings = parse_dcmi_temperatures(Octets{0xDC, 3, 3, 0x16, 1, 0x83, 2, 0x80, 3});
  REQUIRE(readings);
  CHECK(readings->count == 3);
  CHECK(readings->values[0] == Celsius{22});
  CHECK(readings->values[1] == Celsius{-3});
  CHECK(readings->values[2] == Celsius{0});
  CHECK(readings->warmest() == Celsius{22});
}

TEST_CASE("temperatures that are announced and not there make no reading") {
  CHECK_FALSE(parse_dcmi_temperatures(Octets{0xDC, 2, 2, 0x16, 1, 0x17}));
  CHECK_FALSE(parse_dcmi_temperatures(Octets{0xDC, 200, 200, 0x16, 1}));
  const auto none = parse_dcmi_temperatures(Octets{0xDC, 0, 0});
  REQUIRE(none);
  CHECK_FALSE(none->warmest());
}

TEST_CASE("a BMC's identity is its manufacturer's and product's number and where its SDRs are") {
  const auto identity = parse_device_id(Octets{0x20, 0x81, 0x02, 0x43, 0x02, 0xBF, 0x57, 0x01, 0xF0, 0x4D, 0x00});
  REQUIRE(identity);
  CHECK(identity->manufacturer == 343);
  CHECK(identity->product == 77);
  CHECK(identity->has_device_sdrs);
  CHECK_FALSE(parse_device_id(Octets{0x20, 0x81, 0x02, 0x43, 0x02, 0xBF, 0x57, 0x01, 0xF0, 0x4D}));
}

}  // namespace
}  // namespace pue::ipmi
