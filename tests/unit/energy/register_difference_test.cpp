#include "agent/energy/register_difference.h"

#include <doctest/doctest.h>

#include <limits>

#include "tests/unit/energy/at.h"

using namespace pue;
using namespace pue::energy;
using namespace pue::test;

TEST_CASE("the first reading of a register is no energy") {
  RegisterDifference difference{5min};
  CHECK_FALSE(difference.advance(at(0s), Joules{3.6e9}).energy.has_value());
}

TEST_CASE("a difference across a gap is measured energy of unknown course") {
  RegisterDifference difference{5min};
  (void)difference.advance(at(0s), Joules{100});
  const Step step = difference.advance(at(1h), Joules{5100});
  REQUIRE(step.energy.has_value());
  CHECK(step.energy->value() == 5000.0);
  CHECK_FALSE(step.bridged);
}

TEST_CASE("a register that falls starts a new count and adds nothing") {
  RegisterDifference difference{5min};
  (void)difference.advance(at(0s), Joules{1e9});
  const Step fall = difference.advance(at(1s), Joules{50});
  CHECK(fall.reset);
  CHECK_FALSE(fall.energy.has_value());
  CHECK(difference.advance(at(2s), Joules{80}).energy->value() == 30.0);
}

TEST_CASE("a register that stands still is zero energy, not unknown energy") {
  RegisterDifference difference{5min};
  (void)difference.advance(at(0s), Joules{70});
  const Step step = difference.advance(at(1s), Joules{70});
  REQUIRE(step.energy.has_value());
  CHECK(step.energy->value() == 0.0);
}

TEST_CASE("a register reading that is not a number is forgotten") {
  RegisterDifference difference{5min};
  (void)difference.advance(at(0s), Joules{70});
  CHECK_FALSE(difference.advance(at(1s), Joules{std::numeric_limits<double>::quiet_NaN()}).energy.has_value());
  CHECK(difference.advance(at(2s), Joules{90}).energy->value() == 20.0);
}

TEST_CASE("a register that leaps by more than 10 GW could have moved it begins a new count") {
  RegisterDifference difference{5min};
  (void)difference.advance(at(0s), Joules{70});
  const Step leap = difference.advance(at(1s), Joules{3.4e38});
  CHECK(leap.reset);
  CHECK_FALSE(leap.energy.has_value());
  CHECK(difference.advance(at(2s), Joules{80}).reset);
  CHECK(difference.advance(at(3s), Joules{95}).energy->value() == 15.0);
}

TEST_CASE("a register that is renewed every quarter of an hour may move by that much between two polls") {
  RegisterDifference difference{5min};
  (void)difference.advance(at(0s), Joules{0});
  const double quarter_of_an_hour_at_1_gw = 1e9 * 900;
  CHECK(difference.advance(at(1s), Joules{quarter_of_an_hour_at_1_gw}).energy->value() == quarter_of_an_hour_at_1_gw);
}
