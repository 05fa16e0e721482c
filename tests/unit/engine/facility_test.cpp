#include <doctest/doctest.h>

#include "tests/unit/engine/small_site.h"

using namespace pue;
using namespace pue::test;
using plan::Layer;
using plan::Role;
using plan::Window;

namespace {

/// One reading a second of constant powers, ticked as the agent ticks.
void run(SmallSite& site, const std::vector<double>& watts, Duration from, Duration to,
         const std::vector<bool>& silent = {}) {
  for (Duration t = from; t <= to; t += 1s) {
    for (std::size_t meter = 0; meter < watts.size(); ++meter) {
      if (!silent.empty() && silent[meter]) continue;
      site.power(meter, at(t), watts[meter]);
    }
    site.tick(at(t + 50ms));
  }
}

}  // namespace

TEST_CASE("a quarter of an hour of constant power gives its ratio with full coverage") {
  SmallSite site{{{"grid", Role::grid}, {"ups", Role::it_ups}}};
  site.begin();
  run(site, {1300e3, 1000e3}, 0s, 930s);
  CHECK(*site.figure(site.layout().ratio(Layer::ups, Window::minutes_15)) == doctest::Approx(1.3));
  CHECK(*site.figure(site.layout().coverage(Layer::ups, Window::minutes_15)) == doctest::Approx(1.0));
  CHECK(*site.figure(site.layout().coverage(Layer::ups, Window::day_1)) < 0.011);
  CHECK(*site.figure(site.layout().integrated_share(Layer::ups, Window::minutes_15)) == doctest::Approx(1.0));
}

TEST_CASE("a missing meter withholds the ratio, names the meter and leaves a hole in the coverage") {
  SmallSite site{{{"grid", Role::grid}, {"ups-a", Role::it_ups}, {"ups-b", Role::it_ups}}};
  site.begin();
  run(site, {1500e3, 600e3, 400e3}, 0s, 300s);
  run(site, {1500e3, 600e3, 400e3}, 301s, 600s, {false, false, true});
  CHECK_FALSE(site.figure(site.layout().ratio(Layer::ups, Window::minutes_15)).has_value());
  CHECK_FALSE(site.figure(site.layout().it_power(Layer::ups)).has_value());
  CHECK(*site.figure(site.layout().withheld_by(Layer::ups)) == 2.0);
  run(site, {1500e3, 600e3, 400e3}, 601s, 925s);
  // never the sum of the remaining members: 1500/600 would show as anything above 1.5
  CHECK(*site.figure(site.layout().ratio(Layer::ups, Window::minutes_15)) == doctest::Approx(1.5));
  CHECK(*site.figure(site.layout().coverage(Layer::ups, Window::minutes_15)) < 0.70);
}

TEST_CASE("registers give the windows' energy where meters have them") {
  SmallSite site{{{"grid", Role::grid, true}, {"ups", Role::it_ups, true}}};
  site.begin();
  for (int t = 0; t <= 200; ++t) {
    site.power(0, at(seconds(t)), 1.0);  // power is misread; the registers are right
    site.power(1, at(seconds(t)), 1.0);
    site.joules(0, at(seconds(t)), 7e9 + 1200.0 * t);
    site.joules(1, at(seconds(t)), 1000.0 * t);
    site.tick(at(seconds(t)));
  }
  CHECK(*site.figure(site.layout().ratio(Layer::ups, Window::minutes_15)) == doctest::Approx(1.2));
  CHECK(*site.figure(site.layout().integrated_share(Layer::ups, Window::minutes_15)) == 0.0);
  CHECK(*site.figure(site.layout().meter_energy(0)) == doctest::Approx(1200.0 * 200));
}

TEST_CASE("export and users outside the boundary are taken off the total, shares apply") {
  SmallSite site{{{"grid", Role::grid},
                  {"solar", Role::onsite_solar},
                  {"export", Role::exported},
                  {"offices", Role::outside, false, std::nullopt, {}, 0.5},
                  {"ups", Role::it_ups}}};
  site.begin();
  run(site, {1000e3, 200e3, 50e3, 100e3, 800e3}, 0s, 60s);
  CHECK(*site.figure(site.layout().total_power()) == doctest::Approx(1100e3));
  CHECK(*site.figure(site.layout().instant_ratio(Layer::ups)) == doctest::Approx(1.375));
  CHECK(*site.figure(site.layout().ratio(Layer::ups, Window::minutes_15)) == doctest::Approx(1.375));
}

TEST_CASE("each category has its own figures and one that lacks a meter does not withhold the others") {
  SmallSite site{{{"grid", Role::grid}, {"ups", Role::it_ups}, {"pdu", Role::it_pdu}, {"rack", Role::it_rack}}};
  site.begin();
  run(site, {1300e3, 1000e3, 990e3, 980e3}, 0s, 60s, {false, false, false, true});
  CHECK(*site.figure(site.layout().instant_ratio(Layer::ups)) == doctest::Approx(1.3));
  CHECK(*site.figure(site.layout().instant_ratio(Layer::pdu)) == doctest::Approx(1300.0 / 990));
  CHECK_FALSE(site.figure(site.layout().instant_ratio(Layer::rack)).has_value());
  CHECK(*site.figure(site.layout().withheld_by(Layer::rack)) == 3.0);
  CHECK(*site.figure(site.layout().ratio(Layer::ups, Window::minutes_15)) == doctest::Approx(1.3));
}

TEST_CASE("a zone's partial PUE is of its own IT and its own infrastructure") {
  SmallSite site{{{"grid", Role::grid},
                  {"ups-1", Role::it_ups, false, std::nullopt, "hall-1"},
                  {"ups-2", Role::it_ups, false, std::nullopt, "hall-2"},
                  {"crah-1", Role::cooling_crah, false, std::nullopt, "hall-1"},
                  {"crah-2", Role::cooling_crah, false, std::nullopt, "hall-2"}}};
  site.begin();
  run(site, {1000e3, 400e3, 300e3, 102e3, 150e3}, 0s, 60s);
  CHECK(*site.figure(site.layout().partial_ratio(0, Window::minutes_15)) == doctest::Approx(1.255));
  CHECK(*site.figure(site.layout().partial_ratio(1, Window::minutes_15)) == doctest::Approx(1.5));
}

TEST_CASE("the balance residual compares a meter with those directly below it") {
  SmallSite site{{{"grid", Role::grid},
                  {"ups", Role::it_ups, false, 0},
                  {"chiller", Role::cooling_chiller, false, 0},
                  {"pdu", Role::it_pdu, false, 1}}};
  site.begin();
  run(site, {1000e3, 700e3, 270e3, 693e3}, 0s, 5s);
  CHECK(*site.figure(site.layout().balance_residual(0)) == doctest::Approx(0.03));
  CHECK(*site.figure(site.layout().balance_residual(1)) == doctest::Approx(0.01));
  CHECK_FALSE(site.figure(site.layout().balance_residual(2)).has_value());
}

TEST_CASE("carbon is grid energy of each interval times the zone's factor") {
  SmallSite site{{{"grid", Role::grid}, {"solar", Role::onsite_solar}, {"ups", Role::it_ups}}};
  site.plan().facility.grid_factor = plan::GridFactor{.grams_per_joule = 709.6 / 3.6e6, .zone = "CN-SX", .year = 2022};
  site.begin();
  run(site, {1000e3, 500e3, 1200e3}, 0s, 3625s);
  const double joules = *site.figure(site.layout().grid_energy());
  CHECK(joules == doctest::Approx(1000e3 * 3600).epsilon(0.01));
  CHECK(*site.figure(site.layout().co2_location()) == doctest::Approx(joules * 709.6 / 3.6e6));
}

TEST_CASE("without any source meter the total is IT and all that serves it") {
  SmallSite site{{{"ups", Role::it_ups}, {"chiller", Role::cooling_chiller}, {"light", Role::lighting}}};
  site.plan().method = plan::TotalMethod::submetered;
  site.plan().total = {0, 1, 2};
  site.plan().total_sign = {1.0, 1.0, 1.0};
  site.begin();
  run(site, {1000e3, 250e3, 10e3}, 0s, 40s);
  CHECK(*site.figure(site.layout().instant_ratio(Layer::ups)) == doctest::Approx(1.26));
}
