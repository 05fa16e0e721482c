#include "agent/engine.h"

#include <doctest/doctest.h>

#include <limits>

#include "tests/unit/engine/small_site.h"

using namespace pue;
using namespace pue::test;
using plan::Layer;
using plan::Role;
using plan::Window;

TEST_CASE("total over IT power is the instant ratio, once every required meter has a value") {
  SmallSite site{{{"grid", Role::grid}, {"ups", Role::it_ups}}};
  site.begin();
  site.power(0, at(1s), 1300e3);
  site.tick(at(1s));
  CHECK_FALSE(site.figure(site.layout().instant_ratio(Layer::ups)).has_value());
  CHECK(*site.figure(site.layout().withheld_by(Layer::ups)) == 1.0);
  site.power(1, at(2s), 1000e3);
  site.tick(at(2s));
  CHECK(*site.figure(site.layout().instant_ratio(Layer::ups)) == doctest::Approx(1.3));
  CHECK_FALSE(site.figure(site.layout().withheld_by(Layer::ups)).has_value());
}

TEST_CASE("a point older than its stale_after has no value, on the board and in every sum") {
  SmallSite site{{{"grid", Role::grid}, {"ups", Role::it_ups}}};
  site.begin();
  site.power(0, at(1s), 1300e3);
  site.power(1, at(1s), 1000e3);
  site.tick(at(1s));
  site.power(1, at(4s), 1000e3);
  site.tick(at(4s));
  CHECK(site.figure(site.layout().instant_ratio(Layer::ups)).has_value());
  site.tick(at(4100ms));
  CHECK_FALSE(site.board().point(0).has_value());
  CHECK_FALSE(site.figure(site.layout().total_power()).has_value());
  CHECK_FALSE(site.figure(site.layout().instant_ratio(Layer::ups)).has_value());
  CHECK(*site.figure(site.layout().withheld_by(Layer::ups)) == 0.0);
}

TEST_CASE("a device that says it has no value is believed at once") {
  SmallSite site{{{"grid", Role::grid}, {"ups", Role::it_ups}}};
  site.begin();
  site.power(0, at(1s), 1300e3);
  site.power(1, at(1s), 1000e3);
  site.tick(at(1s));
  site.power(1, at(2s), 0.0, SampleQuality::invalid);
  site.tick(at(2s));
  CHECK_FALSE(site.figure(site.layout().it_power(Layer::ups)).has_value());
}

TEST_CASE("what is not a number reaches neither the board nor a sum nor an energy") {
  SmallSite site{{{"grid", Role::grid}, {"ups", Role::it_ups}}};
  site.begin();
  const double bad[] = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                        -std::numeric_limits<double>::infinity()};
  for (int i = 0; i < 3; ++i) {
    site.power(0, at(1s + i * 1ms), bad[i]);
    site.tick(at(1s + i * 1ms));
    CHECK_FALSE(site.board().point(0).has_value());
    CHECK_FALSE(site.figure(site.layout().total_power()).has_value());
    CHECK(*site.figure(site.layout().meter_energy(0)) == 0.0);
  }
}

TEST_CASE("no IT load is no PUE, not infinity, and less total than IT is published as it is") {
  SmallSite site{{{"grid", Role::grid}, {"ups", Role::it_ups}}};
  site.begin();
  site.power(0, at(1s), 1000e3);
  site.power(1, at(1s), 0.0);
  site.tick(at(1s));
  CHECK_FALSE(site.figure(site.layout().instant_ratio(Layer::ups)).has_value());
  site.power(1, at(2s), 1100e3);
  site.tick(at(2s));
  CHECK(*site.figure(site.layout().instant_ratio(Layer::ups)) == doctest::Approx(1.0 / 1.1));
}

TEST_CASE("an older sample of a second thread does not replace a newer one") {
  SmallSite site{{{"grid", Role::grid}, {"ups", Role::it_ups}}};
  site.begin();
  site.power(0, at(2s), 200.0);
  site.power(0, at(1s), 100.0);
  site.tick(at(2s));
  CHECK(*site.board().point(0) == 200.0);
}
