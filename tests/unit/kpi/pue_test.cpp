#include "agent/kpi/pue.h"

#include <doctest/doctest.h>

#include <limits>

using namespace pue;
using namespace pue::kpi;

namespace {

constexpr Joules kwh(double value) { return k_joules_per_kwh * value; }

}  // namespace

TEST_CASE("a year's PUE is total energy over IT energy") {
  CHECK(*power_usage_effectiveness(kwh(12'614'400), kwh(8'760'000)) == doctest::Approx(1.44).epsilon(1e-12));  // V1
}

TEST_CASE("a zone's partial PUE counts its own infrastructure only") {
  CHECK(*partial_power_usage_effectiveness(kwh(90 + 12), kwh(400)) == doctest::Approx(1.255).epsilon(1e-12));  // V2
}

TEST_CASE("no IT energy, or less than none, is no PUE") {
  CHECK_FALSE(power_usage_effectiveness(kwh(100), kwh(0)).has_value());
  CHECK_FALSE(power_usage_effectiveness(kwh(100), kwh(-1)).has_value());
  CHECK_FALSE(instant_ratio(Watts{100}, Watts{0}).has_value());
}

TEST_CASE("a PUE below 1 is published and not clamped") {
  CHECK(*power_usage_effectiveness(kwh(90), kwh(100)) == doctest::Approx(0.9));
}

TEST_CASE("the balance residual is the part that the children did not see") {
  CHECK(*balance_residual(Watts{1000}, Watts{970}) == doctest::Approx(0.03));
  CHECK(*balance_residual(Watts{1000}, Watts{1020}) == doctest::Approx(-0.02));
  CHECK_FALSE(balance_residual(Watts{0}, Watts{0}).has_value());
}

TEST_CASE("hourly carbon is the sum of each hour's energy times its factor") {
  // V16: loads 800 1200 1100 900 kWh at 0.7 0.4 0.5 0.8 kg/kWh give 2310 kg
  const double loads[] = {800, 1200, 1100, 900};
  const double factors[] = {0.7, 0.4, 0.5, 0.8};
  Grams sum;
  for (int i = 0; i < 4; ++i)
    sum += location_based_emissions(kwh(loads[i]), GramsPerJoule{factors[i] * 1000.0 / 3.6e6});
  CHECK(sum.value() / 1000.0 == doctest::Approx(2310.0).epsilon(1e-12));
}

TEST_CASE("a ratio to almost nothing is undefined, not infinite") {
  constexpr double least = std::numeric_limits<double>::denorm_min();
  CHECK_FALSE(instant_ratio(Watts{1000}, Watts{least}).has_value());
  CHECK_FALSE(power_usage_effectiveness(kwh(1), Joules{least}).has_value());
  CHECK_FALSE(partial_power_usage_effectiveness(kwh(1), Joules{least}).has_value());
  CHECK_FALSE(balance_residual(Watts{least}, Watts{1000}).has_value());
}
