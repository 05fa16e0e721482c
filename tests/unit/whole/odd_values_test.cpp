// Numbers that no meter should send, in every input of the engine: none of them reaches a total, a ratio, an energy or
// the text that is scraped, and none of them leaves a trace behind.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "agent/exposition/exposition.h"
#include "tests/unit/engine/small_site.h"

using namespace pue;
using namespace pue::test;
using plan::Layer;
using plan::Role;
using plan::Window;

namespace {

using Limits = std::numeric_limits<double>;
const std::vector<double> k_odd{Limits::quiet_NaN(),
                                Limits::signaling_NaN(),
                                Limits::infinity(),
                                -Limits::infinity(),
                                Limits::max(),
                                Limits::lowest(),
                                3.4028234663852886e38,
                                1e300,
                                -1e20,
                                1e18,
                                4294967295.0,
                                -5.0,
                                0.0,
                                -0.0,
                                Limits::denorm_min(),
                                -Limits::denorm_min(),
                                Limits::min()};

enum class Input { grid_power, grid_register, ups_power, pdu_power, crah_power };
constexpr std::array k_inputs{Input::grid_power, Input::grid_register, Input::ups_power, Input::pdu_power,
                              Input::crah_power};

/// 1300 kW from the grid's register, 1000 kW at the UPS, 900 kW at the racks and 100 kW of cooling, read every second.
class Site {
 public:
  Site()
      : site_{{{"grid", Role::grid, true},
               {"ups", Role::it_ups, false, 0},
               {"pdu", Role::it_pdu, false, 1, "hall"},
               {"crah", Role::cooling_crah, false, 0, "hall"}}} {
    for (auto& device : site_.plan().devices) device.profile = std::make_shared<profiles::Profile>();
    site_.plan().buses.push_back({.id = 0, .name = "bus", .address = plan::TcpAddress{"127.0.0.1", 502}});
    site_.begin();
  }

  /// One second with `odd` instead of the true value at `at_once`.
  void second(double odd, const std::vector<Input>& at_once) {
    now_ += 1s;
    register_ += 1300e3;
    for (const Input input : k_inputs) {
      const bool is_odd = std::find(at_once.begin(), at_once.end(), input) != at_once.end();
      feed(input, is_odd ? odd : true_value(input));
    }
    site_.tick(now_);
  }
  void seconds_of_truth(int count) {
    for (int i = 0; i < count; ++i) second(0.0, {});
  }

  [[nodiscard]] double figure(std::size_t index) const { return site_.figure(index).value_or(-1.0); }
  [[nodiscard]] const plan::FigureLayout& layout() const { return site_.layout(); }

  /// @return the first line whose value is no finite number; empty: none.
  [[nodiscard]] std::string first_unfinite() {
    std::string text;
    exposition::Exposition{{.plan = site_.plan(), .board = site_.board(), .collectors = {}, .version = "test"}}.append(
        text);
    std::istringstream lines{text};
    std::size_t series = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('#')) continue;
      ++series;
      const std::string value = line.substr(line.rfind(' ') + 1);
      char* end = nullptr;
      if (!std::isfinite(std::strtod(value.c_str(), &end)) || *end != '\0') return line;
    }
    return series > 10 ? "" : "hardly any series";
  }

 private:
  [[nodiscard]] double true_value(Input input) const {
    switch (input) {
      case Input::grid_power:
        return 1300e3;
      case Input::grid_register:
        return register_;
      case Input::ups_power:
        return 1000e3;
      case Input::pdu_power:
        return 900e3;
      case Input::crah_power:
        return 100e3;
    }
    return 0.0;
  }
  void feed(Input input, double value) {
    switch (input) {
      case Input::grid_power:
        return site_.power(0, now_, value);
      case Input::grid_register:
        return site_.joules(0, now_, value);
      case Input::ups_power:
        return site_.power(1, now_, value);
      case Input::pdu_power:
        return site_.power(2, now_, value);
      case Input::crah_power:
        return site_.power(3, now_, value);
    }
  }

  SmallSite site_;
  Instant now_ = at(100s);
  double register_ = 1e12;
};

}  // namespace

TEST_CASE("no odd number in any input makes a series that is not finite, or a total that falls") {
  Site site;
  site.seconds_of_truth(30);
  double total = site.figure(site.layout().total_energy());
  for (const double odd : k_odd) {
    std::vector<std::vector<Input>> sets;
    for (const Input one : k_inputs) {
      for (const Input other : k_inputs) sets.push_back({one, other});
    }
    sets.emplace_back(k_inputs.begin(), k_inputs.end());
    for (const auto& inputs : sets) {
      for (int i = 0; i < 2; ++i) {
        site.second(odd, inputs);
        CAPTURE(odd);
        CAPTURE(static_cast<int>(inputs.front()));
        CAPTURE(static_cast<int>(inputs.back()));
        REQUIRE(site.first_unfinite() == "");
        REQUIRE(site.figure(site.layout().total_energy()) >= total);
        total = site.figure(site.layout().total_energy());
      }
      site.seconds_of_truth(1);
    }
  }
}

TEST_CASE("an hour after odd numbers in every input, powers, energies and ratios are exactly the true ones") {
  Site site;
  site.seconds_of_truth(30);
  for (const double odd : k_odd) {
    for (const Input input : k_inputs) site.second(odd, {input});
    site.second(odd, {k_inputs.begin(), k_inputs.end()});
  }
  site.seconds_of_truth(60);
  const auto& layout = site.layout();
  const double total = site.figure(layout.total_energy());
  const double it = site.figure(layout.it_energy(Layer::ups));
  const double pdu = site.figure(layout.meter_energy(2));
  site.seconds_of_truth(3600);
  CHECK(site.figure(layout.total_energy()) - total == 1300e3 * 3600);
  CHECK(site.figure(layout.it_energy(Layer::ups)) - it == 1000e3 * 3600);
  CHECK(site.figure(layout.meter_energy(2)) - pdu == 900e3 * 3600);
  CHECK(site.figure(layout.total_power()) == 1300e3);
  CHECK(site.figure(layout.ratio(Layer::ups, Window::hour_1)) == doctest::Approx(1.3).epsilon(1e-12));
  CHECK(site.figure(layout.partial_ratio(0, Window::minutes_15)) == doctest::Approx(10.0 / 9.0).epsilon(1e-12));
  CHECK(site.figure(layout.coverage(Layer::ups, Window::hour_1)) == 1.0);
}

TEST_CASE("a meter that says more than any site draws is a meter without a value, named where it is required") {
  Site site;
  site.seconds_of_truth(30);
  const double energy = site.figure(site.layout().meter_energy(1));
  site.second(3.4e38, {Input::ups_power});
  CHECK(site.figure(site.layout().it_power(Layer::ups)) == -1.0);
  CHECK(site.figure(site.layout().instant_ratio(Layer::ups)) == -1.0);
  CHECK(site.figure(site.layout().withheld_by(Layer::ups)) == 1.0);
  site.second(0.0, {});
  // the second without a reading lies between two good ones and is bridged
  CHECK(site.figure(site.layout().meter_energy(1)) - energy == 2000e3);
}

TEST_CASE(
    "an energy register that jumps further than any site draws and back again invents nothing and loses nothing") {
  Site site;
  site.seconds_of_truth(30);
  const double energy = site.figure(site.layout().meter_energy(0));
  site.second(1e30, {Input::grid_register});
  CHECK(site.figure(site.layout().meter_energy(0)) == energy);
  site.seconds_of_truth(2);
  CHECK(site.figure(site.layout().meter_energy(0)) - energy == 3 * 1300e3);
}
