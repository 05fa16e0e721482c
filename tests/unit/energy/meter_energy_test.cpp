#include "agent/energy/meter_energy.h"

#include <doctest/doctest.h>

#include "tests/unit/energy/at.h"

using namespace pue;
using namespace pue::energy;
using namespace pue::test;

namespace {

MeterEnergy meter(bool has_register, double factor = 1.0) {
  return MeterEnergy{{.has_register = has_register, .factor = factor, .max_gap = 5min, .patience = 3s}};
}

}  // namespace

TEST_CASE("a meter with a register counts by it and ignores its power") {
  MeterEnergy energy = meter(true);
  for (int i = 0; i <= 10; ++i) {
    energy.power(at(seconds(i)), 9999.0);
    energy.energy_register(at(seconds(i)), 1e6 + 1000.0 * i);
  }
  CHECK(energy.total().value() == doctest::Approx(10000.0));
  CHECK_FALSE(energy.integrated());
}

TEST_CASE("a meter without a register integrates and says so") {
  MeterEnergy energy = meter(false);
  for (int i = 0; i <= 10; ++i) energy.power(at(seconds(i)), 1000.0);
  CHECK(energy.total().value() == doctest::Approx(10000.0));
  CHECK(energy.integrated());
}

TEST_CASE("power takes over when the device refuses its register") {
  MeterEnergy energy = meter(true);
  energy.energy_register(at(0s), 500.0);
  energy.energy_register(at(10s), 10500.0);
  energy.register_refused();
  for (int i = 20; i <= 30; ++i) energy.power(at(seconds(i)), 1000.0);
  CHECK(energy.total().value() == doctest::Approx(20000.0));
  CHECK(energy.integrated());
}

TEST_CASE("share, CT ratio and conversion apply to the energy") {
  MeterEnergy energy = meter(true, 0.25 * 40.0);
  energy.energy_register(at(0s), 0.0);
  energy.energy_register(at(10s), 100.0);
  CHECK(energy.total().value() == doctest::Approx(1000.0));
}

TEST_CASE("a register reset adds nothing and is counted") {
  MeterEnergy energy = meter(true);
  energy.energy_register(at(0s), 5e9);
  energy.energy_register(at(1s), 10.0);
  energy.energy_register(at(2s), 20.0);
  CHECK(energy.total().value() == doctest::Approx(10.0));
  CHECK(energy.resets() == 1);
}

TEST_CASE("an hour without the device loses no energy of a register and invents none from power") {
  MeterEnergy by_register = meter(true);
  MeterEnergy by_power = meter(false);
  for (const int t : {0, 1, 3601, 3602}) {
    by_register.energy_register(at(seconds(t)), 1000.0 * t);
    by_power.power(at(seconds(t)), 1000.0);
  }
  CHECK(by_register.total().value() == doctest::Approx(3602e3));
  CHECK(by_power.total().value() == doctest::Approx(2e3));
}
