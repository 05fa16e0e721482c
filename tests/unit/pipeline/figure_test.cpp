#include "agent/pipeline/figure.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>

namespace pue {
namespace {

TEST_CASE("a figure is unknown until somebody says otherwise") {
  CHECK_FALSE(Figure{}.value().has_value());
  CHECK_FALSE(Figure{std::optional<double>{}}.value().has_value());
}

TEST_CASE("a figure comes out of its word as it went in") {
  for (const double value : {0.0, -0.0, 1.0, -1.5e300, std::numeric_limits<double>::denorm_min(),
                             std::numeric_limits<double>::max(), std::numeric_limits<double>::infinity()}) {
    CAPTURE(value);
    const auto back = Figure::from_word(Figure{value}.word()).value();
    REQUIRE(back.has_value());
    CHECK(*back == value);
    CHECK(std::signbit(*back) == std::signbit(value));
  }
}

TEST_CASE("zero is known and its word is not that of the unknown") {
  CHECK(Figure{0.0}.value() == 0.0);
  CHECK(Figure{0.0}.word() != Figure{}.word());
}

TEST_CASE("the not-a-numbers of arithmetic are not taken for the unknown") {
  volatile double zero = 0.0;
  CHECK(Figure{zero / zero}.word() != Figure{}.word());
  CHECK(Figure{std::sqrt(zero - 1.0)}.word() != Figure{}.word());
  CHECK(Figure{std::numeric_limits<double>::quiet_NaN()}.word() != Figure{}.word());
  CHECK(Figure{std::numeric_limits<double>::signaling_NaN()}.word() != Figure{}.word());
}

}  // namespace
}  // namespace pue
