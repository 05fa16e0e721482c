#include "agent/energy/meter_energy.h"

#include <doctest/doctest.h>

#include "tests/unit/energy/at.h"
#include "tests/unit/energy/collected.h"

using namespace pue;
using namespace pue::energy;
using namespace pue::test;

namespace {

MeterEnergy meter(bool has_register, double factor = 1.0) {
  MeterEnergy energy{{.has_register = has_register,
                      .factor = factor,
                      .max_gap = 5min,
                      .patience = 3s,
                      .limits = {},
                      .max_power = std::nullopt}};
  energy.begin(at(0s), {.records = {.origin = at(0s), .length = 15min}, .detail = std::nullopt});
  return energy;
}

}  // namespace

TEST_CASE("a meter with a register counts by it and ignores its power") {
  Collected told;
  MeterEnergy energy = meter(true);
  for (int i = 0; i <= 10; ++i) {
    energy.power(at(seconds(i)), 9999.0, told);
    energy.energy_register(at(seconds(i)), 1e6 + 1000.0 * i, told);
  }
  CHECK(energy.total().value() == doctest::Approx(10000.0));
  CHECK_FALSE(energy.integrated());
}

TEST_CASE("a meter without a register integrates and says so") {
  Collected told;
  MeterEnergy energy = meter(false);
  for (int i = 0; i <= 10; ++i) energy.power(at(seconds(i)), 1000.0, told);
  CHECK(energy.total().value() == doctest::Approx(10000.0));
  CHECK(energy.integrated());
}

TEST_CASE("power takes over when the device refuses its register") {
  Collected told;
  MeterEnergy energy = meter(true);
  energy.energy_register(at(0s), 500.0, told);
  energy.energy_register(at(10s), 10500.0, told);
  energy.register_refused();
  for (int i = 20; i <= 30; ++i) energy.power(at(seconds(i)), 1000.0, told);
  CHECK(energy.total().value() == doctest::Approx(20000.0));
  CHECK(energy.integrated());
}

TEST_CASE("share, CT ratio and conversion apply to the energy") {
  Collected told;
  MeterEnergy energy = meter(true, 0.25 * 40.0);
  energy.energy_register(at(0s), 0.0, told);
  energy.energy_register(at(10s), 100.0, told);
  CHECK(energy.total().value() == doctest::Approx(1000.0));
}

TEST_CASE("a register reset is counted once it is sure, and what power knows of it is put in its place") {
  Collected told;
  MeterEnergy energy = meter(true);
  const double registers[] = {5e9, 5e9 + 1000, 10, 1010, 2010, 3010};
  for (int i = 0; i < 6; ++i) {
    energy.power(at(seconds(i)), 1000.0, told);
    energy.energy_register(at(seconds(i)), registers[i], told);
  }
  CHECK(energy.resets() == 1);
  CHECK(told.count(Occurrence::What::reset) == 1);
  CHECK(told.count(Occurrence::What::estimate) == 1);
  const auto state = energy.state().account;
  CHECK(state.whole[0] == 1000 + 3000);
  CHECK(state.whole[2] == 1000);
}

TEST_CASE("what a reset hid from the register and from power stays unknown") {
  Collected told;
  MeterEnergy energy = meter(true);
  const double registers[] = {5e9, 5e9 + 1000, 10, 1010, 2010};
  for (int i = 0; i < 5; ++i) energy.energy_register(at(seconds(i)), registers[i], told);
  CHECK(energy.resets() == 1);
  CHECK(energy.total().value() == 1000 + 2000);
  CHECK(told.count(Occurrence::What::estimate) == 0);
}

TEST_CASE("power that was not read while a register was reset knows nothing of that time, not zero") {
  Collected told;
  MeterEnergy energy = meter(true);
  const double registers[] = {5e9, 5e9 + 1000, 10, 1010, 2010};
  for (int i = 0; i < 5; ++i) {
    if (i < 2) energy.power(at(seconds(i)), 1000.0, told);
    energy.energy_register(at(seconds(i)), registers[i], told);
  }
  CHECK(energy.resets() == 1);
  CHECK(energy.state().account.whole[2] == 0);
  CHECK(energy.state().account.open.covered == 3s);
  CHECK(told.count(Occurrence::What::estimate) == 0);
}

TEST_CASE("power that is read more seldom than the register stands in with its mean over the span alone") {
  // Power every 10 s, the register every 2 s: the second that is not known is not filled with ten.
  Collected told;
  MeterEnergy energy = meter(true);
  for (int i = 0; i <= 24; i += 2) {
    if (i % 10 == 0) energy.power(at(seconds(i)), 1000.0, told);
    energy.energy_register(at(seconds(i)), i < 20 ? 5e9 + 1000.0 * i : 1000.0 * (i - 20), told);
  }
  CHECK(energy.resets() == 1);
  CHECK(energy.state().account.whole[0] == 18'000 + 4'000);
  CHECK(energy.state().account.whole[2] == 2'000);
}

TEST_CASE("a register that stands still while power flows is marked and told once") {
  Collected told;
  MeterEnergy energy = meter(true);
  for (int i = 0; i <= 3600; i += 10) {
    energy.power(at(seconds(i)), 1000.0, told);
    energy.energy_register(at(seconds(i)), i < 600 ? 1000.0 * i : 6e5, told);
  }
  CHECK(told.count(Occurrence::What::frozen) == 1);
  CHECK((told.records.back().quality & quality::k_frozen) != 0);
}

TEST_CASE("a register that is renewed four times an hour is not frozen") {
  Collected told;
  MeterEnergy energy = meter(true);
  for (int i = 0; i <= 7200; i += 10) {
    energy.power(at(seconds(i)), 1000.0, told);
    energy.energy_register(at(seconds(i)), 1000.0 * (i / 900) * 900, told);
  }
  CHECK(told.count(Occurrence::What::frozen) == 0);
  CHECK(told.count(Occurrence::What::implausible) == 0);
  CHECK(energy.total().value() == 7200e3);
}

TEST_CASE("a register that says ten times what power says is doubted within half a day") {
  Collected told;
  MeterEnergy energy = meter(true);
  for (int i = 0; i <= 5 * 3600; i += 60) {
    energy.power(at(seconds(i)), 1000.0, told);
    energy.energy_register(at(seconds(i)), 10000.0 * i, told);
  }
  CHECK(told.count(Occurrence::What::implausible) == 1);
}

TEST_CASE("a transformer connected backwards is marked in its records") {
  // T-E8
  Collected told;
  MeterEnergy energy = meter(true);
  for (int i = 0; i <= 900; i += 10) {
    energy.power(at(seconds(i)), -1000.0, told);
    energy.energy_register(at(seconds(i)), 5e6, told);
  }
  REQUIRE(told.records.size() == 1);
  CHECK((told.records[0].quality & quality::k_reversed) != 0);
}

TEST_CASE("an account goes on after a restart as if there had been none, by register and by power") {
  // T-E7: an hour without the agent
  for (const bool has_register : {true, false}) {
    Collected told;
    MeterEnergy before = meter(has_register);
    for (int i = 0; i <= 600; ++i) {
      before.power(at(seconds(i)), 1000.0, told);
      before.energy_register(at(seconds(i)), 1000.0 * i, told);
    }
    MeterEnergy after = meter(has_register);
    after.begin(at(4200s), {.records = {.origin = at(0s), .length = 15min}, .detail = std::nullopt});
    after.resume(before.state(), at(4200s));
    for (int i = 4200; i <= 4500; ++i) {
      after.power(at(seconds(i)), 1000.0, told);
      after.energy_register(at(seconds(i)), 1000.0 * i, told);
    }
    CHECK(after.total().value() == (has_register ? 4500e3 : 900e3));
    Duration covered{};
    for (const auto& record : told.records) covered += record.covered;
    CHECK(covered == (has_register ? 4500s : 900s));
    const auto state = after.state().account;
    CHECK(told.sum(Kind::measured) + told.sum(Kind::integrated) + state.whole[0] - state.recorded[0] + state.whole[1] -
              state.recorded[1] ==
          (has_register ? 4'500'000 : 900'000));
  }
}

TEST_CASE("a short restart inside a quarter of an hour leaves one whole record") {
  Collected told;
  MeterEnergy before = meter(true);
  for (int i = 0; i <= 300; ++i) before.energy_register(at(seconds(i)), 1000.0 * i, told);
  MeterEnergy after = meter(true);
  after.begin(at(310s), {.records = {.origin = at(0s), .length = 15min}, .detail = std::nullopt});
  after.resume(before.state(), at(310s));
  for (int i = 310; i <= 910; ++i) after.energy_register(at(seconds(i)), 1000.0 * i, told);
  REQUIRE(told.records.size() == 1);
  CHECK(told.records[0].quality == 0);
  CHECK(told.records[0].energy[0] == 900'000);
}

TEST_CASE("another serial number is another meter: its register is a new count at once, also after a restart") {
  // T-E3
  Collected told;
  MeterEnergy before = meter(true);
  for (int i = 0; i <= 10; ++i) {
    before.serial_number(at(seconds(i)), 4711.0, told);
    before.energy_register(at(seconds(i)), 5e9 + 1000.0 * i, told);
  }
  MeterEnergy after = meter(true);
  after.begin(at(30s), {.records = {.origin = at(0s), .length = 15min}, .detail = std::nullopt});
  after.resume(before.state(), at(30s));
  for (int i = 31; i <= 40; ++i) {
    after.energy_register(at(seconds(i)), 7e9 + 1000.0 * i, told);
    after.serial_number(at(seconds(i)), 4712.0, told);
  }
  CHECK(told.count(Occurrence::What::exchanged) == 1);
  CHECK(told.occurrences.back().before == 4711.0);
  CHECK(told.occurrences.back().after == 4712.0);
  CHECK(after.resets() == 1);
  // the new register reads higher, so the first difference would have been believed: 10 kJ and 9 kJ are what passed
  CHECK(after.total().value() == 19'000.0);
}

TEST_CASE("a serial number that is the same, or that is not told any more, holds nothing up") {
  for (const bool told_again : {true, false}) {
    Collected told;
    MeterEnergy energy = meter(true);
    energy.serial_number(at(0s), 4711.0, told);
    for (const int t : {0, 1, 2, 100, 101, 102, 103, 104}) {
      energy.energy_register(at(seconds(t)), 1000.0 * t, told);
      if (told_again) energy.serial_number(at(seconds(t)), 4711.0, told);
    }
    CHECK(energy.total().value() == 104'000.0);
    CHECK(energy.resets() == 0);
  }
}

TEST_CASE("a serial number told before the register lets its reading count at once") {
  Collected told;
  MeterEnergy energy = meter(true);
  for (const int t : {0, 60, 120}) {
    energy.serial_number(at(seconds(t)), 4711.0, told);
    energy.energy_register(at(seconds(t)), 1000.0 * t, told);
    CHECK(energy.total().value() == 1000.0 * t);
  }
  energy.serial_number(at(180s), 4712.0, told);
  energy.energy_register(at(180s), 150'000.0, told);
  CHECK(energy.total().value() == 120'000.0);
  CHECK(energy.resets() == 1);
}

TEST_CASE("finer records are kept beside those that are summed, and sum to the same") {
  Collected told;
  MeterEnergy energy = meter(true);
  energy.begin(at(0s), {.records = {.origin = at(0s), .length = 15min}, .detail = CutGrid{at(0s), 1min}});
  for (int i = 0; i <= 900; ++i) energy.energy_register(at(seconds(i)), 1000.0 * i, told);
  std::size_t minutes = 0;
  std::int64_t sum = 0;
  for (const auto& record : told.records) {
    if (!record.detail) continue;
    ++minutes;
    sum += record.energy[0];
  }
  CHECK(minutes == 15);
  CHECK(sum == 900'000);
  CHECK(told.records.size() == 16);
}

TEST_CASE("a reading that an earlier run stamped in the future does not stop the count") {
  Collected told;
  MeterEnergy before = meter(true);
  before.energy_register(at(1h), 5000.0, told);
  MeterEnergy after = meter(true);
  after.resume(before.state(), at(60s));
  after.energy_register(at(61s), 6000.0, told);
  CHECK(after.total().value() == 1000.0);
}

TEST_CASE("an hour without the device loses no energy of a register and invents none from power") {
  Collected told;
  MeterEnergy by_register = meter(true);
  MeterEnergy by_power = meter(false);
  for (const int t : {0, 1, 3601, 3602}) {
    by_register.energy_register(at(seconds(t)), 1000.0 * t, told);
    by_power.power(at(seconds(t)), 1000.0, told);
  }
  CHECK(by_register.total().value() == doctest::Approx(3602e3));
  CHECK(by_power.total().value() == doctest::Approx(2e3));
}
