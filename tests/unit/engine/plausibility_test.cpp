#include <doctest/doctest.h>

#include "tests/unit/engine/ledger_ring.h"
#include "tests/unit/engine/small_site.h"

using namespace pue;
using namespace pue::test;
using plan::Role;

namespace {

/// Powers of all meters, once a second; what stands still stands still.
void run(SmallSite& site, LedgerRing& ledger, Duration from, Duration to, const std::vector<double>& watts,
         bool moving = true) {
  for (Duration t = from; t <= to; t += 1s) {
    for (std::size_t meter = 0; meter < watts.size(); ++meter) {
      site.power(meter, at(t), watts[meter] + (moving ? std::chrono::duration<double>(t).count() * 1e-3 : 0.0));
    }
    site.tick(at(t + 50ms));
    ledger.drain();
  }
}

}  // namespace

TEST_CASE(
    "a UPS that gives out more than it takes in is told once after a quarter of an hour, and its records are marked") {
  SmallSite site{{{"ups-in", Role::monitor}, {"ups-out", Role::it_ups, false, 0}, {"grid", Role::grid}}};
  LedgerRing ledger;
  site.begin(ledger.output(at(0s)));
  run(site, ledger, 0s, 800s, {1000e3, 1040e3, 1500e3});
  CHECK(ledger.count(LedgerEvent::Kind::balance) == 0);
  run(site, ledger, 801s, 2000s, {1000e3, 1040e3, 1500e3});
  REQUIRE(ledger.count(LedgerEvent::Kind::balance) == 1);
  CHECK(ledger.events.back().meter == 0);
  CHECK(ledger.events.back().before > ledger.events.back().after);
  bool marked = false;
  for (const auto& record : ledger.records) {
    marked |= record.meter == 0 && (record.quality & energy::quality::k_implausible) != 0;
  }
  CHECK(marked);
}

TEST_CASE("losses, meters within their classes and a short disturbance are no reason to doubt") {
  SmallSite site{{{"ups-in", Role::monitor}, {"ups-out", Role::it_ups, false, 0}, {"grid", Role::grid}}};
  LedgerRing ledger;
  site.begin(ledger.output(at(0s)));
  run(site, ledger, 0s, 1800s, {1000e3, 930e3, 1500e3});
  run(site, ledger, 1801s, 3600s, {1000e3, 1025e3, 1500e3});
  run(site, ledger, 3601s, 4200s, {1000e3, 1400e3, 1500e3});
  run(site, ledger, 4201s, 5000s, {1000e3, 930e3, 1500e3});
  CHECK(ledger.count(LedgerEvent::Kind::balance) == 0);
}

TEST_CASE("phases that do not make up the total are told") {
  SmallSite site{{{"grid", Role::grid}, {"ups", Role::it_ups}}};
  const auto phases = site.add_phases(0);
  LedgerRing ledger;
  site.begin(ledger.output(at(0s)));
  for (int t = 0; t <= 2000; ++t) {
    site.power(0, at(seconds(t)), 900e3 + t);
    site.power(1, at(seconds(t)), 700e3 + t);
    for (const PointId phase : phases) site.value(phase, at(seconds(t)), t < 1000 ? 300e3 : 200e3);
    site.tick(at(seconds(t) + 50ms));
    ledger.drain();
    if (t == 1800) CHECK(ledger.count(LedgerEvent::Kind::phases) == 0);
  }
  CHECK(ledger.count(LedgerEvent::Kind::phases) == 1);
}

TEST_CASE("a power that stands still while others move is told; where everything stands still nothing is") {
  for (const bool others_move : {true, false}) {
    SmallSite site{{{"grid", Role::grid}, {"ups", Role::it_ups}}};
    LedgerRing ledger;
    site.begin(ledger.output(at(0s)));
    for (int t = 0; t <= 3000; ++t) {
      site.power(0, at(seconds(t)), 1500e3 + (others_move ? t : 0));
      site.power(1, at(seconds(t)), 1000e3);
      site.tick(at(seconds(t) + 50ms));
      ledger.drain();
    }
    CHECK(ledger.count(LedgerEvent::Kind::still) == (others_move ? 1 : 0));
  }
}
