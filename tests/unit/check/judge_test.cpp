#include <doctest/doctest.h>

#include <deque>

#include "agent/commands/check_probe.h"

using namespace std::chrono_literals;
using pue::commands::Finding;
using pue::commands::judge;
using pue::commands::Look;
using pue::modbus::PointQuality;
using pue::modbus::PointReading;
using pue::profiles::Point;
using pue::profiles::PointKind;
using pue::profiles::Unit;

namespace {

/// A device as it was seen at one moment.
class Seen {
 public:
  explicit Seen(pue::Duration at = 0s) { look_.at = pue::Instant{at}; }

  Seen& value(const std::string& name, Unit unit, double value, double scale = 1.0) {
    Point point;
    point.name = name;
    point.unit = unit;
    point.scale = scale;
    point.kind = unit == Unit::joule ? PointKind::counter : PointKind::gauge;
    points_.push_back(point);
    look_.points.push_back({&points_.back(), {}, value, {}, PointQuality::good, pue::PollFailure::none});
    return *this;
  }
  Seen& without(const std::string& name, PointQuality quality, pue::PollFailure failure = pue::PollFailure::timeout) {
    value(name, Unit::watt, 0);
    look_.points.back().value.reset();
    look_.points.back().quality = quality;
    look_.points.back().failure = failure;
    return *this;
  }
  [[nodiscard]] const Look& look() const { return look_; }

 private:
  std::deque<Point> points_;
  Look look_;
};

std::vector<Finding> judged(const Seen& first) { return judge("d", first.look(), {}); }

Seen three_phases(double l1, double l2, double l3, double total) {
  Seen seen;
  seen.value("power_active_l1", Unit::watt, l1)
      .value("power_active_l2", Unit::watt, l2)
      .value("power_active_l3", Unit::watt, l3)
      .value("power_active_total", Unit::watt, total);
  return seen;
}

Seen metered(pue::Duration at, double power, double energy, double scale) {
  Seen seen(at);
  seen.value("power_active_total", Unit::watt, power).value("energy_active_import_total", Unit::joule, energy, scale);
  return seen;
}

std::vector<Finding> after_5_s(double power, double counted, double scale) {
  const auto first = metered(0s, power, 1e9, scale);
  const auto second = metered(5s, power, 1e9 + counted, scale);
  return judge("d", first.look(), second.look());
}

}  // namespace

TEST_CASE("a device that is read right has no findings") {
  Seen seen = three_phases(1000, 1100, 900, 3010);
  CHECK(judged(seen).empty());
  Seen more;
  more.value("power_factor_total", Unit::ratio, 0.97)
      .value("voltage_l1_n", Unit::volt, 231)
      .value("frequency", Unit::hertz, 50.01)
      .value("air_temperature", Unit::celsius, 24);
  CHECK(judged(more).empty());
}

TEST_CASE("phases that do not sum to their total within 3 % are shown") {
  CHECK(judged(three_phases(1000, 1000, 1000, 3080)).empty());
  const auto found = judged(three_phases(1000, 1000, 1000, 3200));
  REQUIRE(found.size() == 1);
  CHECK(found[0].point == "power_active_total");
  CHECK(found[0].message == "phases sum to 3000 W, the total says 3200 W");
}

TEST_CASE("a phase of the other sign points at a reversed transformer") {
  const auto found = judged(three_phases(1000, -1000, 1000, 1000));
  REQUIRE(found.size() == 1);
  CHECK(found[0].hint.find("reversed") != std::string::npos);
  CHECK(judged(three_phases(-1000, -1000, -1000, -3000)).empty());
}

TEST_CASE("what no installation has is shown with its bounds") {
  Seen seen;
  seen.value("power_factor_total", Unit::ratio, 97)
      .value("voltage_l1_n", Unit::volt, 1.5e-38)
      .value("frequency", Unit::hertz, 500)
      .value("air_temperature", Unit::celsius, 850);
  const auto found = judged(seen);
  REQUIRE(found.size() == 4);
  CHECK(found[0].message == "97 ratio is outside -1.001 to 1.001");
  CHECK(found[1].hint.find("word order") != std::string::npos);
  Seen off;
  off.value("voltage_l1_n", Unit::volt, 0).value("frequency", Unit::hertz, 0);
  CHECK(judged(off).empty());
}

TEST_CASE("a silent device is one finding, refused and empty points are one each") {
  Seen silent;
  silent.without("a", PointQuality::timeout).without("b", PointQuality::timeout);
  REQUIRE(judged(silent).size() == 1);
  CHECK(judged(silent)[0].message.starts_with("no answer: "));
  CHECK(judged(silent)[0].hint.find("baud") != std::string::npos);
  Seen held;
  held.without("a", PointQuality::timeout, pue::PollFailure::port_lost);
  CHECK(judged(held)[0].hint.find("running agent") != std::string::npos);
  Seen odd;
  odd.without("a", PointQuality::invalid)
      .without("b", PointQuality::unsupported)
      .without("c", PointQuality::unsupported);
  const auto found = judged(odd);
  REQUIRE(found.size() == 2);
  CHECK(found[0].message == "refuses b, c");
  CHECK(found[1].message == "says it has no value for a");
}

TEST_CASE("power times time is held against the register where its resolution tells") {
  // 100 kW for 5 s are 500 kJ.
  CHECK(after_5_s(100'000, 500'000, 3600).empty());
  CHECK(after_5_s(100'000, 460'000, 3600).empty());
  const auto thousand = after_5_s(100'000, 500'000'000, 3600);
  REQUIRE(thousand.size() == 1);
  CHECK(thousand[0].point == "energy_active_import_total");
  CHECK(thousand[0].hint.find("scale") != std::string::npos);
  CHECK(after_5_s(100'000, 0, 3600).at(0).hint.find("rests") != std::string::npos);
  CHECK(after_5_s(100'000, -3600, 3600).at(0).message.starts_with("went back"));
}

TEST_CASE("a register too coarse to tell in five seconds is left alone") {
  // 1 kWh is 3.6 MJ, of which 100 kW make 0.14 in 5 s.
  CHECK(after_5_s(100'000, 0, 3.6e6).empty());
  CHECK(after_5_s(100'000, 3.6e6, 3.6e6).empty());
}

TEST_CASE("a register of imported energy may rest while energy is fed back") {
  CHECK(after_5_s(-100'000, 0, 3600).empty());
  CHECK(after_5_s(-100'000, 500'000, 3600).at(0).hint.find("negative") != std::string::npos);
}
