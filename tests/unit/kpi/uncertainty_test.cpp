#include "agent/kpi/uncertainty.h"

#include <doctest/doctest.h>

#include <vector>

using namespace pue;
using namespace pue::kpi;

namespace {

/// Half a unit of the last digit that the worked example shows.
doctest::Approx shown(double value, double digit) { return doctest::Approx(value).epsilon(digit / value / 2); }

}  // namespace

TEST_CASE("two independent totals of class 0.5 leave a PUE of 1.5 open by 0.012") {
  const double meter = *meter_uncertainty("0.5S", "");
  CHECK(pue_uncertainty(1.0, meter, meter) == shown(0.00408, 1e-5));
  CHECK(k_coverage_factor * pue_uncertainty(1.5, meter, meter) == shown(0.012, 1e-3));
}

TEST_CASE("current transformers of class 0.5 on both sides make it 0.017") {
  const double meter = *meter_uncertainty("0.5S", "0.5");
  CHECK(pue_uncertainty(1.0, meter, meter) == shown(0.00577, 1e-5));
  CHECK(k_coverage_factor * pue_uncertainty(1.5, meter, meter) == shown(0.017, 1e-3));
}

TEST_CASE("a sub-metered overhead of class 0.5 with transformers of class 0.5 leaves 0.006 open") {
  const double meter = *meter_uncertainty("0.5S", "0.5");
  CHECK(k_coverage_factor * pue_uncertainty_submetered(1.5, meter, meter) == shown(0.006, 1e-3));
}

TEST_CASE("twenty equal meters average out when independent and do not when correlated") {
  const double both = pue_uncertainty(1.0, *meter_uncertainty("0.5S", ""), *meter_uncertainty("0.5S", ""));
  const std::vector<Contribution> meters(20, {Joules{3.6e9}, both});
  CHECK(*independent_uncertainty(meters) == shown(0.00091, 1e-5));
  CHECK(*correlated_uncertainty(meters) == shown(0.00408, 1e-5));
}

TEST_CASE("an unknown class has no uncertainty, which is not none") {
  CHECK_FALSE(meter_uncertainty("", "").has_value());
  CHECK_FALSE(meter_uncertainty("good", "").has_value());
  CHECK_FALSE(meter_uncertainty("0.5S", "fine").has_value());
  CHECK(*meter_class_limit("0.2S") == 0.002);
  CHECK(*transformer_class_limit("3") == 0.03);
}

TEST_CASE("energy that leaves adds to what is uncertain, not to the sum") {
  const std::vector<Contribution> meters{{Joules{1000}, 0.01}, {Joules{-500}, 0.01}};
  CHECK(*correlated_uncertainty(meters) == doctest::Approx(0.03));
  CHECK(*independent_uncertainty(meters) == doctest::Approx(0.0223606797749979).epsilon(1e-12));
  CHECK_FALSE(independent_uncertainty({}).has_value());
}
