#include <doctest/doctest.h>

#include "tests/unit/counted_allocations.h"
#include "tests/unit/engine/small_site.h"

using namespace pue;
using namespace pue::test;

TEST_CASE("after warm-up an hour of ticks takes readings into powers, energies and windows without an allocation") {
  SmallSite site{{{.name = "grid", .role = plan::Role::grid, .has_register = true},
                  {.name = "ups", .role = plan::Role::it_ups, .has_register = true, .upstream = 0, .zone = "hall"},
                  {.name = "fans", .role = plan::Role::cooling_crah, .upstream = 0, .zone = "hall"}}};
  site.begin();
  const auto second = [&](int s) {
    const Instant now = at(std::chrono::seconds{s});
    site.power(0, now, 1300);
    site.joules(0, now, 1300.0 * s);
    site.power(1, now, 1000);
    site.joules(1, now, 1000.0 * s);
    site.power(2, now, 200);
    site.tick(now);
  };
  for (int s = 0; s < 100; ++s) second(s);

  allocations = 0;
  counting = true;
  for (int s = 100; s < 3700; ++s) second(s);
  counting = false;
  CHECK(allocations.load() == 0);
  counting = true;
  void* volatile memory = ::operator new(64);
  counting = false;
  ::operator delete(memory);
  CHECK(allocations.load() >= 1);  // the counter counts
  CHECK(site.figure(plan::FigureLayout::ratio(plan::Layer::ups, plan::Window::hour_1)).value() == doctest::Approx(1.3));
}
