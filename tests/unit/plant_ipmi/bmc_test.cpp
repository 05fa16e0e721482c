#include "plant/ipmi/bmc.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "plant/ipmi/bmc_fault.h"

using namespace pue::plant::ipmi;

namespace {

Bmc of(std::string_view make, double watts = 400.0) {
  Bmc bmc{"node", *vendor_named(make)};
  bmc.show({.watts = watts, .inlet_celsius = 23.0});
  return bmc;
}

Bytes ask(Bmc& bmc, std::uint8_t function, std::uint8_t command, const Bytes& data = {}) {
  return bmc.answer({function, command, data});
}

Bytes power_reading(Bmc& bmc) { return ask(bmc, 0x2C, 0x02, {0xDC, 0x01, 0x00, 0x00}); }

struct Shown {
  unsigned watts;
  bool active;
};
Shown shown(const Bytes& answer) {
  REQUIRE(answer.size() == 19);
  CHECK(answer[1] == 0xDC);
  return {little(answer, 2, 2), (answer[18] & 0x40U) != 0};
}

/// Offset, count and reservation of Get SDR for a record.
Bytes part(Bmc& bmc, unsigned reservation, unsigned id, unsigned offset, unsigned count) {
  Bytes data;
  append_little(data, reservation, 2);
  append_little(data, id, 2);
  append(data, {offset, count});
  return ask(bmc, 0x0A, 0x23, data);
}

unsigned reserve(Bmc& bmc) { return little(ask(bmc, 0x0A, 0x22), 1, 2); }

}  // namespace

TEST_CASE("DCMI power is what each make says of it") {
  auto plain = of("plain");
  CHECK(shown(power_reading(plain)).watts == 400);
  CHECK(shown(power_reading(plain)).active);
  auto absent = of("no-dcmi");
  CHECK(power_reading(absent) == Bytes{0xC1});
  auto zero = of("zero-dcmi");
  CHECK(shown(power_reading(zero)).watts == 0);
  CHECK_FALSE(shown(power_reading(zero)).active);
  auto inactive = of("inactive-dcmi");
  CHECK(shown(power_reading(inactive)).watts == 400);
  CHECK_FALSE(shown(power_reading(inactive)).active);
  auto late = of("late-dcmi");
  CHECK(power_reading(late) == Bytes{0xC0});
  CHECK(shown(power_reading(late)).watts == 400);
}

TEST_CASE("a frozen inlet is a magnitude with a sign in DCMI") {
  auto bmc = of("plain");
  bmc.show({.watts = 400.0, .inlet_celsius = -7.0});
  CHECK(ask(bmc, 0x2C, 0x10, {0xDC, 0x01, 0x40, 0x00, 0x01}) == Bytes{0x00, 0xDC, 1, 1, 0x87, 1});
}

TEST_CASE("the supplies share the server's power; those of a chassis carry all its nodes") {
  const auto sum = [](const Bmc& bmc) {
    double watts = 0.0;
    for (const auto& sensor : bmc.vendor().sensors) {
      if (sensor.measures == Measures::supply_input) watts += bmc.value_of(sensor);
    }
    return watts;
  };
  CHECK(sum(of("supplies-only")) == doctest::Approx(400.0));
  CHECK(sum(of("shared-supplies")) == doctest::Approx(1600.0));
}

TEST_CASE("a record is read whole or in parts, and too long a part is refused") {
  auto bmc = of("small-parts");
  const auto id = reserve(bmc);
  const auto head = part(bmc, id, 0, 0, 5);
  REQUIRE(head.size() == 8);
  CHECK(head[0] == 0x00);
  CHECK(little(head, 1, 2) == 2);  // the next record
  CHECK(part(bmc, id, 1, 0, 17) == Bytes{0xCA});
  CHECK(part(bmc, id, 1, 0, 0xFF) == Bytes{0xCA});
  const std::size_t whole = 5U + head[7];
  Bytes collected;
  while (collected.size() < whole) {
    const auto more = part(bmc, id, 1, static_cast<unsigned>(collected.size()), 16);
    REQUIRE(more.size() > 3);
    collected.insert(collected.end(), more.begin() + 3, more.end());
  }
  CHECK(collected == bmc.vendor().sensors[0].record(1));
  CHECK(part(bmc, id, 99, 0, 5) == Bytes{0xCB});
  CHECK(part(bmc, id, 1, 200, 5) == Bytes{0xC9});
}

TEST_CASE("a reservation is lost to the next one and to a change of the records, which their time stamp tells") {
  auto bmc = of("plain");
  const auto first = reserve(bmc);
  const auto second = reserve(bmc);
  CHECK(part(bmc, first, 1, 5, 5) == Bytes{0xC5});
  CHECK(part(bmc, second, 1, 5, 5).front() == 0x00);
  const auto before = ask(bmc, 0x0A, 0x20);
  bmc.change_sensors();
  CHECK(part(bmc, second, 1, 5, 5) == Bytes{0xC5});
  const auto after = ask(bmc, 0x0A, 0x20);
  CHECK(little(after, 2, 2) == little(before, 2, 2) + 1);
  CHECK(little(after, 6, 4) > little(before, 6, 4));
}

TEST_CASE("device-sdrs has no repository, and its records are the device's own") {
  auto bmc = of("device-sdrs");
  for (const auto command : Bytes{0x20, 0x22, 0x23}) CHECK(ask(bmc, 0x0A, command, Bytes(6, 0)) == Bytes{0xC1});
  CHECK((ask(bmc, 0x06, 0x01)[2] & 0x80U) != 0);
  const auto before = ask(bmc, 0x04, 0x20);
  REQUIRE(before.size() == 7);
  CHECK(before[1] == bmc.vendor().sensors.size());
  const auto id = ask(bmc, 0x04, 0x22);
  const auto first = ask(bmc, 0x04, 0x21, {id[1], id[2], 0, 0, 0, 0xFF});
  CHECK(Bytes(first.begin() + 3, first.end()) == bmc.vendor().sensors[0].record(1));
  bmc.change_sensors();
  const auto after = ask(bmc, 0x04, 0x20);
  CHECK(after[1] == before[1] + 1);
  CHECK(little(after, 3, 4) > little(before, 3, 4));
}

TEST_CASE("the factors of a non-linear sensor give its curve at each raw value") {
  auto bmc = of("non-linear");
  for (unsigned raw = 0; raw <= 71; ++raw) {
    const auto factors = ask(bmc, 0x04, 0x23, {0x01, static_cast<std::uint8_t>(raw)});
    REQUIRE(factors.size() == 8);
    const auto ten_bits = [&](std::size_t at) {
      const int value = static_cast<int>(factors[at] | (static_cast<unsigned>(factors[at + 1] & 0xC0U) << 2U));
      return value >= 512 ? value - 1024 : value;
    };
    const double value = (ten_bits(2) * static_cast<double>(raw) + ten_bits(4)) / 100.0;
    CHECK(value == doctest::Approx(raw - raw * raw / 1000.0).epsilon(0.01));
  }
}

TEST_CASE("while it is busy it reads nothing, and says who it is") {
  auto bmc = of("plain");
  bmc.set_busy(true);
  CHECK(power_reading(bmc) == Bytes{0xC0});
  CHECK(ask(bmc, 0x04, 0x2D, {0x01}) == Bytes{0xC0});
  CHECK(ask(bmc, 0x06, 0x01).front() == 0x00);
  bmc.set_busy(false);
  CHECK(shown(power_reading(bmc)).watts == 400);
}

TEST_CASE("what could change something is refused and counted") {
  auto bmc = of("plain");
  CHECK(ask(bmc, 0x00, 0x02, {0x00}) == Bytes{0xC1});  // power off
  CHECK(bmc.change_attempts() == 1);
  CHECK(ask(bmc, 0x2C, 0x04, {0xDC}) == Bytes{0xC1});        // set power limit
  CHECK(ask(bmc, 0x06, 0x02) == Bytes{0xC1});                // cold reset
  CHECK(ask(bmc, 0x06, 0x47, Bytes(18, 0)) == Bytes{0xC1});  // set user password
  CHECK(ask(bmc, 0x0A, 0x24, Bytes(10, 0)) == Bytes{0xC1});  // add SDR
  CHECK(bmc.change_attempts() == 5);
}

TEST_CASE("every fault of a BMC has a name that finds it") {
  for (int i = 0; i <= static_cast<int>(BmcFault::sdr_change); ++i) {
    const auto fault = static_cast<BmcFault>(i);
    CHECK(bmc_fault_from(name_of(fault)) == fault);
  }
  CHECK_FALSE(bmc_fault_from("drip").has_value());
}
