#include "agent/ledger/recent_quarters.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/ledger/naming.h"
#include "tests/unit/ledger/sample_ledger.h"

using namespace pue;
using namespace pue::ledger;

namespace {

constexpr std::int64_t k_hour_slots = 4;

/// A grid feed, a UPS and a cooling unit in one hall.
plan::Plan plan_of_hall() {
  plan::Plan plan;
  plan.facility.name = "taiyuan-1";
  plan.meters = {{.id = 0, .name = "grid", .role = plan::Role::grid},
                 {.id = 1, .name = "ups", .role = plan::Role::it_ups, .zone = "hall"},
                 {.id = 2, .name = "crah", .role = plan::Role::cooling_crah, .zone = "hall"}};
  plan.total = {0};
  plan.total_sign = {1.0};
  plan.it[0] = {1};
  plan.zones = {"hall"};
  return plan;
}

class Ledger {
 public:
  explicit Ledger(const plan::Plan& plan) { put_in_force(plan); }

  void put_in_force(const plan::Plan& plan) {
    meters_ = store_.configure(configuration_of(plan, "0.1.0"), stamp_at(k_begin)).value();
  }
  /// Quarter-hour `n`: joules and what is covered, by meter.
  void quarter(std::int64_t n, std::vector<std::int64_t> joules, std::int64_t ups_covered = k_slot) {
    Commit commit{.stamp = stamp_at(k_begin + (n + 1) * k_slot)};
    for (std::size_t i = 0; i < joules.size(); ++i) {
      const bool ups = i == 1;
      commit.energy.push_back({.meter = meters_[i],
                               .start = k_begin + n * k_slot,
                               .length = k_slot,
                               .measured = ups ? 0 : joules[i],
                               .integrated = ups ? joules[i] : 0,
                               .covered = ups ? ups_covered : k_slot});
    }
    REQUIRE(store_.commit(commit).has_value());
  }
  [[nodiscard]] std::vector<LedgerQuarter> recent(const plan::Plan& plan, std::int64_t n) {
    auto reader = Reader::open(folder_.file("ledger.db")).value();
    return recent_quarters(reader, plan, k_begin + n * k_slot + 60'000).value();
  }

 private:
  TemporaryFolder folder_;
  Store store_ = Store::open(folder_.file("ledger.db"), options_in(folder_)).value();
  std::vector<std::int64_t> meters_;
};

/// The quarter-hour that begins at slot `n`.
const LedgerQuarter& at_slot(const std::vector<LedgerQuarter>& quarters, std::int64_t n) {
  const auto found = std::ranges::find(quarters, k_begin + n * k_slot, &LedgerQuarter::start);
  REQUIRE(found != quarters.end());
  return *found;
}

}  // namespace

TEST_CASE("what is recorded of the last day comes back by quarter-hours, for the facility and its zones") {
  const auto plan = plan_of_hall();
  Ledger ledger{plan};
  ledger.quarter(0, {1300, 1000, 200});
  ledger.quarter(1, {1400, 1000, 300}, k_slot - 60'000);
  const auto quarters = ledger.recent(plan, 2);
  CHECK(quarters.size() == 25 * k_hour_slots);
  const auto& whole = at_slot(quarters, 0);
  REQUIRE(whole.layers[0].has_value());
  CHECK(whole.layers[0]->numerator.value() == 1300.0);
  CHECK(whole.layers[0]->denominator.value() == 1000.0);
  CHECK(whole.layers[0]->integrated.value() == 1000.0);
  CHECK_FALSE(whole.layers[1].has_value());
  REQUIRE(whole.zones[0].has_value());
  CHECK(whole.zones[0]->numerator.value() == 200.0);
  CHECK(whole.zones[0]->denominator.value() == 1000.0);
  // a minute of the UPS is missing: the quarter-hour counts for nobody
  CHECK_FALSE(at_slot(quarters, 1).layers[0].has_value());
  CHECK_FALSE(at_slot(quarters, 1).zones[0].has_value());
  CHECK_FALSE(at_slot(quarters, -1).layers[0].has_value());
}

TEST_CASE("a day later nothing comes back, and on a clock that was never set neither") {
  const auto plan = plan_of_hall();
  Ledger ledger{plan};
  ledger.quarter(0, {1300, 1000, 200});
  for (const auto& quarter : ledger.recent(plan, 26 * k_hour_slots)) CHECK_FALSE(quarter.layers[0].has_value());
  CHECK(ledger.recent(plan, -(k_begin / k_slot)).empty());
}

TEST_CASE("a meter that moved to another hall counts there from now on, not for the time before") {
  auto plan = plan_of_hall();
  plan.meters[2].zone = "elsewhere";
  plan.zones = {"elsewhere", "hall"};
  Ledger ledger{plan};
  ledger.quarter(0, {1300, 1000, 200});
  const auto now = plan_of_hall();
  ledger.put_in_force(now);
  ledger.quarter(1, {1300, 1000, 200});
  const auto quarters = ledger.recent(now, 2);
  CHECK(at_slot(quarters, 0).layers[0].has_value());
  CHECK(at_slot(quarters, 1).zones[0]->numerator.value() == 200.0);
  const auto& before = at_slot(quarters, 0).zones[0];
  CHECK((!before || before->numerator.value() == 0.0));
}
