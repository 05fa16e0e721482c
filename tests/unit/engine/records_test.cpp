#include <doctest/doctest.h>

#include "tests/unit/engine/ledger_ring.h"
#include "tests/unit/engine/small_site.h"

using namespace pue;
using namespace pue::test;
using plan::Role;

namespace {

/// A kilowatt by register and by power, from..to.
void run(SmallSite& site, Duration from, Duration to, LedgerRing& ledger) {
  for (Duration t = from; t <= to; t += 1s) {
    const double seconds = std::chrono::duration<double>(t).count();
    site.joules(0, at(t), 1000.0 * seconds);
    site.power(0, at(t), 1000.0);
    site.power(1, at(t), 800.0);
    site.tick(at(t + 50ms));
    ledger.drain();
  }
}

SmallSite site_of_two() { return SmallSite{{{"grid", Role::grid, true}, {"ups", Role::it_ups}}}; }

}  // namespace

TEST_CASE("records end on the quarter-hours of UTC and each kind of energy keeps its place") {
  SmallSite site = site_of_two();
  LedgerRing ledger;
  site.begin(ledger.output(at(100s)));
  run(site, 100s, 1810s, ledger);
  REQUIRE(ledger.records.size() == 4);
  for (const auto& record : ledger.records) {
    const bool first = record.start == k_start_ms + 100'000;
    CHECK((first || record.start == k_start_ms + 900'000));
    CHECK(record.start + record.length == k_start_ms + (first ? 900'000 : 1'800'000));
    CHECK(record.covered == record.length);
    CHECK(record.energy[record.meter == 0 ? 0 : 1] == record.length / 1000 * (record.meter == 0 ? 1000 : 800));
    CHECK(record.energy[record.meter == 0 ? 1 : 0] == 0);
    CHECK(record.quality == 0);
  }
}

TEST_CASE("a commit holds every account, and records that came before it make up what they call recorded") {
  SmallSite site = site_of_two();
  LedgerRing ledger;
  site.begin(ledger.output(at(0s)));
  run(site, 0s, 2000s, ledger);
  CHECK(ledger.commits >= 199);
  REQUIRE(ledger.accounts.size() == 2 + k_facility_sums);
  for (std::uint32_t meter = 0; meter < 2; ++meter) {
    const auto& account = ledger.accounts[meter];
    CHECK(account.account == meter);
    CHECK(account.recorded[0] + account.recorded[1] == ledger.recorded_at_commit[meter]);
    CHECK(account.whole[0] + account.whole[1] >= account.recorded[0] + account.recorded[1]);
  }
  CHECK(ledger.accounts[0].register_value.has_value());
  CHECK(ledger.accounts[2].whole[0] > 0);
}

TEST_CASE("an agent that goes on from its last commit counts the register's hour without it") {
  // T-E7
  LedgerRing ledger;
  {
    SmallSite site = site_of_two();
    site.begin(ledger.output(at(0s)));
    run(site, 0s, 1000s, ledger);
  }
  SmallSite site = site_of_two();
  site.begin(ledger.output(at(4600s)));
  site.resume(ledger.accounts);
  const auto before = ledger.accounts;
  run(site, 4600s, 5500s, ledger);
  site.tick(at(5501s), true);
  ledger.drain();
  CHECK(ledger.accounts[0].whole[0] == 5'500'000);
  // power alone: 3600 s and what the last commit missed are not covered, and are not made up
  CHECK(ledger.accounts[1].whole[1] == before[1].whole[1] + 900 * 800);
  CHECK(ledger.accounts[2].whole[0] >= before[2].whole[0]);
  std::int64_t gap = 0;
  for (const auto& record : ledger.records) {
    if ((record.quality & energy::quality::k_gap_filled) != 0) gap += record.energy[0];
  }
  CHECK(gap >= 3'600'000);
  CHECK(gap < 3'612'000);
}

TEST_CASE("a clock that is set forward an hour moves labels and no energy") {
  // T-T1
  SmallSite site = site_of_two();
  LedgerRing ledger;
  site.begin(ledger.output(at(0s)));
  run(site, 0s, 1000s, ledger);
  ledger.offset += std::chrono::nanoseconds{1h}.count();
  run(site, 1001s, 2000s, ledger);
  site.tick(at(2001s), true);
  ledger.drain();
  CHECK(ledger.count(LedgerEvent::Kind::clock_step) == 1);
  CHECK(ledger.accounts[0].whole[0] == 2'000'000);
  std::int64_t covered = 0;
  bool marked = false;
  for (const auto& record : ledger.records) {
    if (record.meter != 0) continue;
    covered += record.covered;
    marked |= (record.quality & energy::quality::k_clock_adjusted) != 0;
    CHECK(record.covered == record.length);
  }
  CHECK(marked);
  CHECK(covered == 1'800'000);
  CHECK(ledger.records.back().start + ledger.records.back().length == k_start_ms + 3600'000 + 1'800'000);
}

TEST_CASE("a clock that is set back ten years, or slewed by half a second, goes on counting") {
  SmallSite site = site_of_two();
  LedgerRing ledger;
  site.begin(ledger.output(at(0s)));
  run(site, 0s, 100s, ledger);
  ledger.offset -= std::chrono::nanoseconds{24h}.count() * 3652;
  run(site, 101s, 1000s, ledger);
  ledger.offset += std::chrono::nanoseconds{500ms}.count();
  run(site, 1001s, 1100s, ledger);
  site.tick(at(1101s), true);
  ledger.drain();
  CHECK(ledger.count(LedgerEvent::Kind::clock_step) == 1);
  CHECK(ledger.accounts[0].whole[0] == 1'100'000);
}

TEST_CASE("a machine that slept and a clock that is not synchronised are told") {
  // T-T6, T-T7
  SmallSite site = site_of_two();
  LedgerRing ledger;
  ledger.synchronised = false;
  site.begin(ledger.output(at(0s)));
  run(site, 0s, 900s, ledger);
  CHECK(ledger.count(LedgerEvent::Kind::unsynchronised) == 1);
  REQUIRE_FALSE(ledger.records.empty());
  CHECK((ledger.records[0].quality & energy::quality::k_unsynchronised) != 0);
  ledger.synchronised = true;
  ledger.slept += 1h;
  run(site, 4500s, 4600s, ledger);
  CHECK(ledger.count(LedgerEvent::Kind::synchronised) == 1);
  CHECK(ledger.count(LedgerEvent::Kind::suspend) == 1);
  site.tick(at(4601s), true);
  ledger.drain();
  // the register counted on; power of before the sleep is no power of the hour after
  CHECK(ledger.accounts[0].whole[0] == 4'600'000);
  CHECK(ledger.accounts[1].whole[1] == (900 + 100) * 800);
}

TEST_CASE("a ring that nobody empties loses no energy, and its records come through once it is emptied") {
  SmallSite site = site_of_two();
  LedgerRing ledger{16};
  site.begin(ledger.output(at(0s)));
  for (int t = 0; t <= 36000; ++t) {
    site.joules(0, at(seconds(t)), 1000.0 * t);
    site.power(0, at(seconds(t)), 1000.0);
    site.power(1, at(seconds(t)), 800.0);
    site.tick(at(seconds(t) + 50ms));
  }
  for (int t = 36001; t <= 36100; ++t) {
    ledger.drain();
    site.joules(0, at(seconds(t)), 1000.0 * t);
    site.power(1, at(seconds(t)), 800.0);
    site.tick(at(seconds(t) + 50ms));
  }
  ledger.drain();
  site.tick(at(36101s), true);
  ledger.drain();
  CHECK(ledger.accounts[0].whole[0] == 36'100'000);
  CHECK(ledger.accounts[0].recorded[0] == ledger.recorded_at_commit[0]);
  CHECK(ledger.records.size() == 80);
}

TEST_CASE("a meter that was exchanged while the agent was down is found by its serial number") {
  // docs/energy.md, "Counters": a new meter that reads a little higher would be believed as an hour's energy.
  const auto site_with_serial = [] {
    return SmallSite{{{.name = "grid", .role = Role::grid, .has_register = true, .tells_serial_number = true}}};
  };
  LedgerRing ledger;
  {
    SmallSite site = site_with_serial();
    site.begin(ledger.output(at(0s)));
    for (int t = 0; t <= 100; ++t) {
      site.serial_number(0, at(seconds(t)), 4711);
      site.power(0, at(seconds(t)), 1000.0);
      site.joules(0, at(seconds(t)), 1000.0 * t);
      site.tick(at(seconds(t) + 50ms));
    }
    ledger.drain();
  }
  const auto before = ledger.accounts;
  SmallSite site = site_with_serial();
  site.begin(ledger.output(at(3700s)));
  site.resume(before);
  for (int t = 3700; t <= 3800; ++t) {
    site.serial_number(0, at(seconds(t)), 4712);
    site.power(0, at(seconds(t)), 1000.0);
    site.joules(0, at(seconds(t)), 2'000'000.0 + 1000.0 * t);
    site.tick(at(seconds(t) + 50ms));
  }
  site.tick(at(3801s), true);
  ledger.drain();
  CHECK(ledger.count(LedgerEvent::Kind::exchanged) == 1);
  CHECK(ledger.accounts[0].whole[0] == before[0].whole[0] + 100 * 1000);
}

TEST_CASE("a record of less than a millisecond keeps its energy, else the account's records would not add up to it") {
  LedgerRing ledger;
  RecordKeeper keeper{ledger.output(at(0s))};
  keeper.record({.from = at(900s), .to = at(900s) + 300us, .energy = {3000, 0, 0}, .covered = 300us});
  ledger.drain();
  REQUIRE(ledger.records.size() == 1);
  CHECK(ledger.records[0].energy[0] == 3000);
  CHECK(ledger.records[0].length == 1);
  CHECK(ledger.records[0].covered <= ledger.records[0].length);
}

TEST_CASE("the windows of a day begin with what an earlier run recorded, and go on with what this one reads") {
  using plan::Layer;
  using plan::Window;
  SmallSite site{{{.name = "grid", .role = Role::grid, .has_register = true}, {.name = "ups", .role = Role::it_ups}}};
  LedgerRing ledger;
  site.begin(ledger.output(at(600s)));
  // The twelve hours before the quarter-hour in which this run began, at a ratio of 2; an hour of it not covered.
  std::vector<LedgerQuarter> quarters;
  for (std::int64_t n = -48; n < 0; ++n) {
    LedgerQuarter quarter{.start = k_start_ms + n * 900'000, .layers = {}, .zones = {}};
    if (n < -8 || n >= -4) quarter.layers[0] = LedgerQuarter::Pair{Joules{1.8e6}, Joules{0.9e6}, Joules{0.9e6}};
    quarters.push_back(quarter);
  }
  site.resume({}, quarters);
  run(site, 601s, 700s, ledger);
  const auto figure = [&](std::size_t index) { return site.figure(index).value(); };
  const auto& layout = site.layout();
  // 44 quarter-hours of 96 are covered; the 600 s before this run are not, and 80 s of it are closed.
  CHECK(figure(layout.coverage(Layer::ups, Window::day_1)) == doctest::Approx((44 * 900.0 + 80) / 86400).epsilon(1e-3));
  CHECK(figure(layout.ratio(Layer::ups, Window::day_1)) == doctest::Approx(2.0).epsilon(0.01));
  CHECK(figure(layout.integrated_share(Layer::ups, Window::day_1)) == doctest::Approx(1.0 / 3).epsilon(0.01));
  // In the hour: 48 min 20 s of the last quarter-hours, and of this run 80 s at 1.25.
  CHECK(figure(layout.coverage(Layer::ups, Window::hour_1)) == doctest::Approx((2910.0 + 80) / 3600).epsilon(0.01));
  // The last quarter of an hour: the end of the last recorded one, then ten minutes of nothing.
  CHECK(figure(layout.coverage(Layer::ups, Window::minutes_15)) < 0.4);
  run(site, 701s, 1600s, ledger);
  CHECK(figure(layout.ratio(Layer::ups, Window::minutes_15)) == doctest::Approx(1.25));
  CHECK(figure(layout.coverage(Layer::ups, Window::minutes_15)) == doctest::Approx(1.0));
}
