#include "agent/energy/rolling_window.h"

#include <doctest/doctest.h>

#include <deque>
#include <random>

#include "agent/kpi/pue.h"

using namespace pue;
using namespace pue::energy;

namespace {

std::optional<double> ratio_of(const RollingWindow& window) {
  return kpi::power_usage_effectiveness(window.numerator(), window.denominator());
}

RollingWindow::Bucket bucket(double numerator, double denominator, double integrated = 0.0) {
  return {Joules{numerator}, Joules{denominator}, Joules{integrated}};
}

}  // namespace

TEST_CASE("the ratio of a window is a ratio of sums, never a mean of ratios") {
  // worked example V4
  RollingWindow window{3};
  window.close(bucket(1300e3, 1000e3));
  window.close(bucket(1200e3, 900e3));
  window.close(bucket(700e3, 400e3));
  CHECK(*ratio_of(window) == doctest::Approx(1.39130434783).epsilon(1e-11));
}

TEST_CASE("an uncovered bucket lowers the coverage and leaves the ratio to the others") {
  RollingWindow window{4};
  window.close(bucket(15, 10));
  window.close(std::nullopt);
  window.close(bucket(15, 10));
  window.close(std::nullopt);
  CHECK(*ratio_of(window) == doctest::Approx(1.5));
  CHECK(window.coverage() == 0.5);
}

TEST_CASE("a window that has just begun says how little it covers") {
  RollingWindow window{90};
  CHECK(window.coverage() == 0.0);
  CHECK_FALSE(ratio_of(window).has_value());
  window.close(bucket(3, 2));
  CHECK(window.coverage() == doctest::Approx(1.0 / 90));
  CHECK(*ratio_of(window) == 1.5);
}

TEST_CASE("no IT energy is no ratio, not infinity") {
  RollingWindow window{2};
  window.close(bucket(100, 0));
  CHECK_FALSE(ratio_of(window).has_value());
}

TEST_CASE("a window equals the sum of its last buckets after a year of them, to the millijoule") {
  RollingWindow window{90};
  std::deque<std::optional<RollingWindow::Bucket>> expected;
  std::mt19937_64 random{7};
  std::uniform_real_distribution<double> joules{0.0, 1e9};
  for (int i = 0; i < 3'000'000; ++i) {
    std::optional<RollingWindow::Bucket> next;
    if (random() % 10 != 0) next = bucket(joules(random), joules(random), joules(random));
    window.close(next);
    expected.push_back(next);
    if (expected.size() > 90) expected.pop_front();
  }
  double numerator = 0;
  double denominator = 0;
  double covered = 0;
  for (const auto& b : expected) {
    if (!b) continue;
    ++covered;
    numerator += b->numerator.value();
    denominator += b->denominator.value();
  }
  CHECK(window.numerator().value() == doctest::Approx(numerator).epsilon(1e-12));
  CHECK(window.denominator().value() == doctest::Approx(denominator).epsilon(1e-12));
  CHECK(window.coverage() == doctest::Approx(covered / 90.0));
}

TEST_CASE("the integrated share tells how much no register confirmed") {
  RollingWindow window{2};
  window.close(bucket(150, 100, 25));
  CHECK(*window.integrated_share() == doctest::Approx(0.1));
}

TEST_CASE("a bucket that the sums cannot hold is not covered, and leaves nothing behind") {
  RollingWindow window{8640};
  window.close(bucket(15, 10));
  for (const double energy : {1e13, -1e13, 3.4e38}) window.close(bucket(energy, 10));
  CHECK(window.coverage() == doctest::Approx(1.0 / 8640));
  CHECK(*ratio_of(window) == 1.5);
  for (int i = 0; i < 8640; ++i) window.close(bucket(2e11, 1e11, 2e11));  // 20 GW
  CHECK(*ratio_of(window) == 2.0);
  CHECK(*window.integrated_share() == doctest::Approx(2.0 / 3.0));
}
