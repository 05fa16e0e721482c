#include <doctest/doctest.h>

#include <array>

#include "agent/kpi/china.h"
#include "agent/kpi/coverage.h"
#include "agent/kpi/emissions.h"
#include "agent/kpi/eu_reporting.h"
#include "agent/kpi/ratios.h"
#include "agent/kpi/source_weights.h"

using namespace pue;
using namespace pue::kpi;

// The letters and numbers after expected values name worked examples that were computed by hand and by another program
// before this code was written.
namespace {

constexpr Joules kwh(double value) { return k_joules_per_kwh * value; }
constexpr Joules gwh(double value) { return kwh(value * 1e6); }
doctest::Approx about(double value) { return doctest::Approx(value).epsilon(1e-9); }

}  // namespace

TEST_CASE("DCiE is the inverse of PUE") {
  CHECK(*infrastructure_efficiency(kwh(12'614'400), kwh(8'760'000)) == about(0.694444444444));  // V1
  CHECK_FALSE(infrastructure_efficiency(kwh(0), kwh(1)).has_value());
}

TEST_CASE("renewable energy is counted up to what was used") {
  CHECK(*renewable_energy_factor(gwh(3 + 2 + 0.5), gwh(12)) == about(0.458333333333));  // V9
  CHECK(*renewable_energy_factor(gwh(13), gwh(12)) == 1.0);                             // V9, capped
  CHECK_FALSE(renewable_energy_factor(gwh(1), gwh(0)).has_value());
}

TEST_CASE("reused energy has a factor of its own and lowers ERE, not PUE") {
  CHECK(*energy_reuse_factor(gwh(1.8), gwh(12)) == about(0.15));                  // V10
  CHECK(*energy_reuse_effectiveness(gwh(12), gwh(1.8), gwh(8)) == about(1.275));  // V10
}

TEST_CASE("the cooling efficiency ratio is heat over electricity") {
  CHECK(*cooling_efficiency_ratio(gwh(9.6), gwh(1.6)) == about(6.0));  // V11
  CHECK_FALSE(cooling_efficiency_ratio(gwh(9.6), gwh(0)).has_value());
}

TEST_CASE("water per IT energy is liters per kWh") {
  CHECK(liters_per_kwh(*water_usage_effectiveness(CubicMeters{15'000}, kwh(8'000'000))) == about(1.875));  // V8
}

TEST_CASE("carbon per IT energy is PUE times the grid's factor, plus the fuel") {
  const GramsPerJoule grid{536.6 / 3.6e6};
  const auto electricity = location_based_emissions(kwh(12e6), grid);
  CHECK(kilograms_per_kwh(*carbon_usage_effectiveness(electricity, kwh(8e6))) == about(0.8049));  // V12
  const auto diesel = fuel_emissions(CubicMeters{20.0}, 2.67e6);
  CHECK(kilograms_per_kwh(*carbon_usage_effectiveness(electricity + diesel, kwh(8e6))) == about(0.811575));  // V12
}

TEST_CASE("a generator's fuel follows from its output where nobody metered it") {
  const auto fuel = fuel_of(kwh(1000), 0.27e-3 / 3.6e6);
  CHECK(fuel_emissions(fuel, 2.67e6).value() / 1000 == about(720.9));  // V19
}

TEST_CASE("certificates beyond the grid energy are not credited") {
  const GramsPerJoule residual{600.0 / 3.6e6};
  CHECK(market_based_emissions(kwh(1000), kwh(400), residual).value() == about(360'000));
  CHECK(market_based_emissions(kwh(1000), kwh(1500), residual).value() == 0.0);
}

TEST_CASE("mechanical and electrical components split what PUE adds to 1") {
  // V-P8: MLC 0.1592 and ELC 0.0574 at 1200 kW IT.
  CHECK(*mechanical_load_component(kwh(191.04), kwh(1200)) == about(0.1592));
  CHECK(*electrical_loss_component(kwh(68.88), kwh(1200)) == about(0.0574));
}

TEST_CASE("Germany leaves out what only upgrades waste heat") {
  CHECK(*power_usage_effectiveness(gwh(12), gwh(8)) == about(1.5));                                          // V5
  CHECK(*power_usage_effectiveness(without_waste_heat_upgrade(gwh(12), gwh(0.6)), gwh(8)) == about(1.425));  // V5
}

TEST_CASE("GB 40879's method 1 weights five operating points") {
  const Watts it{1e6};
  const std::array<OperatingPoint, 5> points{{{0.08, Watts{1.50e6}, it},
                                              {0.30, Watts{1.40e6}, it},
                                              {0.28, Watts{1.30e6}, it},
                                              {0.22, Watts{1.25e6}, it},
                                              {0.12, Watts{1.24e6}, it}}};
  const auto year = characteristic_year(points);
  CHECK(year.total / k_joules_per_kwh == about(11'631'528));  // V6
  CHECK(year.it / k_joules_per_kwh == about(8'760'000));      // V6
  CHECK(*rm1(points) == about(1.3278));                       // V6
  CHECK(*gb40879_grade(*rm1(points)) == 3);                   // V6
}

TEST_CASE("a limit of GB 40879 belongs to its grade") {  // V6, edges
  CHECK(*gb40879_grade(1.20) == 1);
  CHECK(*gb40879_grade(1.2000001) == 2);
  CHECK(*gb40879_grade(1.30) == 2);
  CHECK(*gb40879_grade(1.50) == 3);
  CHECK_FALSE(gb40879_grade(1.51).has_value());
}

TEST_CASE("the green data centre's score stays between 0 and 60") {  // V7
  CHECK(green_data_centre_score(1.25) == about(55.0));
  CHECK(green_data_centre_score(1.42) == about(51.6));
  CHECK(green_data_centre_score(1.0) == about(60.0));
  CHECK(green_data_centre_score(0.5) == 60.0);
  CHECK(green_data_centre_score(4.5) == 0.0);
}

TEST_CASE("the load usage rate earns 0 to 3 points") {
  CHECK(load_usage_score(0.70) == 3);
  CHECK(load_usage_score(0.69) == 2);
  CHECK(load_usage_score(0.50) == 2);
  CHECK(load_usage_score(0.30) == 1);
  CHECK(load_usage_score(0.29) == 0);
}

TEST_CASE("installed IT power is weighted by time") {
  const Seconds day{86400.0};
  const std::array<InstalledPower, 2> spells{{{Watts{800e3}, 90.0 * day}, {Watts{1000e3}, 275.0 * day}}};
  CHECK(time_weighted_power(spells)->value() / 1e3 == about(950.684931507));  // V-EU1
  CHECK_FALSE(time_weighted_power({}).has_value());
}

TEST_CASE("cooling degree days begin at a mean of 24 degrees") {
  double sum = 0.0;
  for (const double mean : {22.0, 23.9, 24.0, 26.5, 30.0}) sum += cooling_degrees(Celsius{mean});
  CHECK(sum == about(17.5));  // V-EU2
  CHECK(cooling_degrees(Celsius{23.9}) == 0.0);
}

TEST_CASE("source weights leave electricity as it is and discount fuel") {
  // 1000 + 0.31 * 100 + 0.30 * 200 + 0.31 * 300
  CHECK(weighted({kwh(1000), kwh(100), kwh(200), kwh(300)}, {}) / k_joules_per_kwh == about(1184.0));
}

TEST_CASE("a year is audit-grade from 98 % without a gap of more than three days") {
  CHECK(year_grade(0.98, 72.0, 0.0) == CoverageGrade::audit_grade);
  CHECK(year_grade(0.98, 72.25, 0.0) == CoverageGrade::with_estimates);
  CHECK(year_grade(0.9799, 1.0, 0.0) == CoverageGrade::with_estimates);
  CHECK(year_grade(0.90, 800.0, 0.0) == CoverageGrade::with_estimates);
  CHECK(year_grade(0.8999, 1.0, 0.0) == CoverageGrade::insufficient);
  CHECK(month_grade(43'000.0 / 44'640.0, 0.0) == CoverageGrade::audit_grade);  // V30: 0.963261649
  CHECK(year_grade(1.0, 0.0, 0.02) == CoverageGrade::audit_grade);
  CHECK(year_grade(1.0, 0.0, 0.0201) == CoverageGrade::with_estimates);
  CHECK(year_grade(1.0, 0.0, 1.0) == CoverageGrade::with_estimates);  // counted, and every bit of it a guess
  CHECK(month_grade(1.0, 0.06) == CoverageGrade::with_estimates);
  CHECK(month_grade(0.94, 0.0) == CoverageGrade::with_estimates);
}
