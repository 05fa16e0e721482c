#include "agent/history/replacement.h"

#include <doctest/doctest.h>

#include "agent/plan/plan.h"

using namespace pue;
using namespace pue::history;

namespace {

constexpr std::int64_t k_minute = 60'000;

constexpr ledger::UnixMs at(std::int64_t minutes) { return 1'740'758'400'000 + minutes * k_minute; }

Scale scale(plan::Role role, double share = 1.0) {
  plan::Meter meter;
  meter.role = role;
  meter.share = share;
  return scale_of({}, meter).value();
}

/// Read at 5 min: 1000 kWh; of 500 J measured 200 are recorded.
ledger::AccountState account() {
  ledger::AccountState state;
  state.name = "ups-a";
  state.measured = 500;
  state.recorded_measured = 200;
  state.open_since = at(0);
  state.open_covered = 5 * k_minute;
  state.register_value = 1000 * 3.6e6;
  state.reading_time = at(5);
  state.reading_boottime = 77;
  state.boot_id = "b";
  return state;
}

Replacement replacement(double old_kwh, double new_kwh, std::int64_t minute) {
  return {.old_reading = static_cast<std::int64_t>(old_kwh * 1e6),
          .new_reading = static_cast<std::int64_t>(new_kwh * 1e6),
          .new_serial = "N1",
          .time = at(minute)};
}

}  // namespace

TEST_CASE("what the old meter counted to its end is recorded, and the account goes on from the new one") {
  const auto made = replace(scale(plan::Role::it_ups), account(), replacement(1002, 3, 10), 300'000);
  REQUIRE(made.has_value());
  CHECK(made->energy == 2 * 3'600'000);
  REQUIRE(made->rows.size() == 2);
  CHECK(made->rows[0].start == at(0));
  CHECK(made->rows[0].length == 5 * k_minute);
  CHECK(made->rows[0].measured == 300);
  CHECK(made->rows[0].reading == 1000 * 3'600'000LL);
  CHECK(made->rows[1].start == at(5));
  CHECK(made->rows[1].length == 5 * k_minute);
  CHECK(made->rows[1].measured == 2 * 3'600'000);
  CHECK(made->rows[1].quality == ledger::k_replaced);
  CHECK(made->rows[1].reading == 1002 * 3'600'000LL);
  const auto& after = made->account;
  CHECK(after.measured == 500 + 2 * 3'600'000);
  CHECK(after.recorded_measured == after.measured);
  CHECK(after.open_since == at(10));
  CHECK(after.open_covered == 0);
  CHECK(after.register_value == 3 * 3.6e6);
  CHECK(after.reading_time == at(10));
  CHECK(after.boot_id.empty());
}

TEST_CASE("a difference over a gap says that its course is not known") {
  const auto made = replace(scale(plan::Role::it_ups), account(), replacement(1002, 3, 11), 300'000);
  CHECK(made.value().rows.at(1).quality == (ledger::k_replaced | ledger::k_gap_filled));
}

TEST_CASE("the meter's factor applies, and less than a joule is carried") {
  auto before = account();
  before.measured_rest = 0.75;
  // 0.000001 kWh are 3.6 J, half of it 1.8
  auto told = replacement(1000, 3, 10);
  told.old_reading += 1;
  const auto made = replace(scale(plan::Role::it_ups, 0.5), before, told, 300'000);
  CHECK(made.value().energy == 2);
  CHECK(made.value().account.measured_rest == doctest::Approx(0.55));
}

TEST_CASE("water is read in cubic meters and counted in milliliters") {
  auto before = account();
  before.register_value = 12.5;
  const auto made = replace(scale(plan::Role::water), before, replacement(12.75, 1.5, 10), 300'000);
  CHECK(made.value().energy == 250'000);
  CHECK(made.value().account.register_value == 1.5);
  CHECK(made.value().rows.at(1).reading == 12'750'000);
}

TEST_CASE("a display that shows whole units may lie a little below the last reading, no more") {
  auto before = account();
  before.register_value = 1000.9 * 3.6e6;
  CHECK(replace(scale(plan::Role::it_ups), before, replacement(1000, 3, 10), 300'000).value().energy == 0);
  CHECK(replace(scale(plan::Role::it_ups), before, replacement(999, 3, 10), 300'000)
            .error()
            .starts_with("the old reading lies below what the register said at 2025-02-28T16:05:00Z (1000.9"));
}

TEST_CASE("a replacement before the account's last reading is past") {
  const auto made = replace(scale(plan::Role::it_ups), account(), replacement(1002, 3, 4), 300'000);
  CHECK(made.error().starts_with("the account has a reading of 2025-02-28T16:05:00Z already"));
}

TEST_CASE("a meter that was never read begins with the new register") {
  const auto made =
      replace(scale(plan::Role::it_ups), ledger::AccountState{.name = "ups-a"}, replacement(1002, 3, 4), 300'000);
  REQUIRE(made.has_value());
  CHECK(made->rows.empty());
  CHECK(made->account.register_value == 3 * 3.6e6);
  CHECK(made->account.open_since == at(4));
  CHECK(made->account.measured == 0);
}

TEST_CASE("an old reading that the circuit cannot have reached is refused, whatever its factor makes of it") {
  auto state = account();
  state.highest_power = 40e3;
  const auto told = [&](double old_kwh) {
    return replace(scale(plan::Role::it_ups), state, replacement(old_kwh, 3, 10), 300'000);
  };
  // Ten times 40 kW: 1.2 times 5 minutes and a quarter of an hour are 140 kWh, and the display's step is 1 kWh.
  CHECK(told(1140.9).has_value());
  REQUIRE_FALSE(told(1141.1).has_value());
  CHECK(told(1141.1).error().starts_with("the old reading lies so far above what the register said at "));

  auto limited = replacement(1060, 3, 10);
  limited.max_power = 100e3;  // 35 kWh
  CHECK_FALSE(replace(scale(plan::Role::it_ups), state, limited, 300'000).has_value());

  plan::Meter meter;
  meter.role = plan::Role::it_ups;
  meter.ratio = 100'000;
  const auto behind_transformer = scale_of({}, meter).value();
  CHECK_FALSE(replace(behind_transformer, account(), replacement(9e10, 3, 10), 300'000).has_value());
}
