#include "agent/energy/boundaries.h"

#include <doctest/doctest.h>

#include "tests/unit/energy/at.h"

using namespace pue;
using namespace pue::energy;
using namespace pue::test;

TEST_CASE("a difference that spans a boundary is divided by time") {
  // worked example V26 on a scale of seconds: 1000 at 0:58, 1010 at 1:03, so 1004 at 1:00
  Boundaries boundaries{10};
  boundaries.advance(at(48s), Joules{0}, false);
  boundaries.advance(at(58s), Joules{1000}, true);
  boundaries.advance(at(63s), Joules{10}, true);
  boundaries.advance(at(73s), Joules{100}, true);
  const auto k = boundary_at(at(60s));
  REQUIRE(boundaries.bucket(k).has_value());
  CHECK(boundaries.bucket(k)->value() == doctest::Approx(6.0 + 70.0));
}

TEST_CASE("the buckets of a steady power are all alike and sum to the whole") {
  Boundaries boundaries{20};
  for (int i = 0; i <= 700; ++i) boundaries.advance(at(seconds(i * 0.13)), Joules{i == 0 ? 0.0 : 130.0}, i != 0);
  for (int i = 1; i < 8; ++i) {
    CAPTURE(i);
    REQUIRE(boundaries.bucket(boundary_at(at(0s)) + i).has_value());
    CHECK(boundaries.bucket(boundary_at(at(0s)) + i)->value() == doctest::Approx(10000.0));
  }
}

TEST_CASE("boundaries inside a gap stay unknown and those behind it are known again") {
  Boundaries boundaries{20};
  boundaries.advance(at(1s), Joules{0}, false);
  boundaries.advance(at(12s), Joules{110}, true);
  boundaries.advance(at(48s), Joules{900}, false);
  boundaries.advance(at(62s), Joules{140}, true);
  const auto k = boundary_at(at(0s));
  CHECK(boundaries.knows(k + 1));
  CHECK_FALSE(boundaries.knows(k + 2));
  CHECK_FALSE(boundaries.knows(k + 4));
  CHECK(boundaries.knows(k + 5));
  CHECK(boundaries.bucket(k + 5)->value() == doctest::Approx(100.0));
}

TEST_CASE("a reading that is not later than the last changes nothing") {
  Boundaries boundaries{4};
  boundaries.advance(at(5s), Joules{0}, false);
  boundaries.advance(at(5s), Joules{50}, true);
  boundaries.advance(at(4s), Joules{50}, true);
  boundaries.advance(at(15s), Joules{100}, true);
  boundaries.advance(at(25s), Joules{100}, true);
  CHECK(boundaries.bucket(boundary_at(at(10s)))->value() == doctest::Approx(100.0));
}
