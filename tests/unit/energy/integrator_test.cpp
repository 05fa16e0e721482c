#include "agent/energy/integrator.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/unit/energy/at.h"

using namespace pue;
using namespace pue::energy;
using namespace pue::test;

namespace {

struct Reading {
  double seconds;
  double watts;
};

double integrate(const std::vector<Reading>& readings, Duration max_gap = 5min) {
  Integrator integrator{max_gap};
  double joules = 0.0;
  for (const auto& reading : readings) {
    joules += integrator.advance(at(seconds(reading.seconds)), Watts{reading.watts}).value_or(Joules{}).value();
  }
  return joules;
}

constexpr double k_kwh = 3.6e6;

}  // namespace

TEST_CASE("readings every ten seconds give the trapezoid's energy, neither the left nor the right sum") {
  // worked example V21: 8000 kWs = 2.22222222 kWh
  CHECK(integrate({{0, 100e3}, {10, 200e3}, {20, 400e3}, {30, 300e3}}) / k_kwh ==
        doctest::Approx(8000.0 / 3600.0).epsilon(1e-12));
}

TEST_CASE("irregular readings are weighed by their own distances") {
  // worked example V22
  CHECK(integrate({{0, 500e3}, {7, 520e3}, {15, 480e3}, {60, 600e3}}) / k_kwh ==
        doctest::Approx(8.85277777778).epsilon(1e-11));
}

TEST_CASE("a ramp is integrated exactly, whatever the sampling") {
  std::mt19937 random{1};
  std::uniform_real_distribution<double> step{0.01, 30.0};
  std::vector<Reading> readings{{0, 0}};
  while (readings.back().seconds < 3600) {
    const double t = readings.back().seconds + step(random);
    readings.push_back({t, 1000.0 * t});
  }
  const double end = readings.back().seconds;
  CHECK(integrate(readings) == doctest::Approx(500.0 * end * end).epsilon(1e-9));
}

TEST_CASE("a sine is integrated within T h^2 / 12 max|P''|") {
  constexpr double k_pi = 3.14159265358979323846;
  for (const double h : {15.0, 60.0, 300.0}) {
    constexpr double period = 700.0;
    const double w = 2 * k_pi / period;
    std::vector<Reading> readings;
    for (double t = 0; t <= 3600.0 + 1e-9; t += h) readings.push_back({t, 1000.0 + 200.0 * std::sin(w * t)});
    const double exact = 1000.0 * 3600.0 + 200.0 / w * (1 - std::cos(w * 3600.0));
    const double bound = 3600.0 * h * h / 12.0 * 200.0 * w * w;
    CAPTURE(h);
    CHECK(std::abs(integrate(readings, 10min) - exact) <= bound);
  }
}

TEST_CASE("a step between two readings is off by at most half the step times the interval") {
  CHECK(integrate({{0, 1000}, {1, 1000}, {2, 3000}, {3, 3000}}) == doctest::Approx(6000.0));
}

TEST_CASE("a gap longer than the longest is not bridged, and counting goes on behind it") {
  CHECK(integrate({{0, 1000}, {10, 1000}, {400, 1000}, {410, 1000}}) == doctest::Approx(20000.0));
}

TEST_CASE("the same instant twice, or an earlier one, adds nothing") {
  CHECK(integrate({{0, 1000}, {10, 1000}, {10, 9000}, {5, 9000}, {20, 1000}}) == doctest::Approx(20000.0));
}

TEST_CASE("what is not a number never enters the energy") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(integrate({{0, 1000}, {5, nan}, {6, infinity}, {7, -infinity}, {10, 1000}}) == doctest::Approx(10000.0));
}

TEST_CASE("negative power, negative zero and the smallest numbers are numbers") {
  CHECK(integrate({{0, -1000}, {10, -1000}}) == doctest::Approx(-10000.0));
  CHECK(integrate({{0, -0.0}, {10, -0.0}}) == 0.0);
  const double least = std::numeric_limits<double>::denorm_min();
  CHECK(std::isfinite(integrate({{0, least}, {10, least}})));
}
