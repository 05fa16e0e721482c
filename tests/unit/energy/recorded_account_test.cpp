#include "agent/energy/recorded_account.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/unit/energy/at.h"
#include "tests/unit/energy/collected.h"

using namespace pue;
using namespace pue::energy;
using namespace pue::test;

namespace {

const CutGrid k_quarters{.origin = at(0s), .length = 15min};

}  // namespace

TEST_CASE("a cut after an instant is the next of the grid, on both sides of its origin") {
  CHECK(k_quarters.after(at(0s)) == at(15min));
  CHECK(k_quarters.after(at(899s)) == at(15min));
  CHECK(k_quarters.after(at(-1s)) == at(0s));
  CHECK(k_quarters.after(at(-15min)) == at(0s));
  CHECK(k_quarters.after(at(-16min)) == at(-15min));
}

TEST_CASE("a difference that spans a cut is divided by time") {
  // worked example V26: 1000 at 0:58, 1010 at 1:03, so 1004 at 1:00; a cut every hour
  Collected told;
  RecordedAccount account;
  account.begin(at(58min), {.origin = at(0s), .length = 1h});
  account.add(Kind::measured, at(58min), at(63min), Joules{10}, 0, told);
  REQUIRE(told.records.size() == 1);
  CHECK(told.records[0].energy[0] == 4);
  CHECK(told.records[0].from == at(58min));
  CHECK(told.records[0].to == at(60min));
  CHECK(told.records[0].covered == 2min);
  CHECK(account.state().whole[0] - account.state().recorded[0] == 6);
}

TEST_CASE("a record that is not covered to its end says so, and one without anything is none") {
  Collected told;
  RecordedAccount account;
  account.begin(at(0s), k_quarters);
  account.add(Kind::integrated, at(0s), at(5min), Joules{300}, 0, told);
  account.close_until(at(45min), told);
  REQUIRE(told.records.size() == 1);
  CHECK(told.records[0].quality == quality::k_partial);
  CHECK(told.records[0].covered == 5min);
  CHECK(told.records[0].energy[1] == 300);
  CHECK(account.next_cut() == at(60min));
}

TEST_CASE("energy over a gap is one record of its own, and what is covered is covered once") {
  Collected told;
  RecordedAccount account;
  account.begin(at(0s), k_quarters);
  account.add(Kind::measured, at(0s), at(5min), Joules{300}, 0, told);
  account.add_whole(Kind::measured, at(5min), at(140min), Joules{8100}, quality::k_gap_filled, told);
  account.add(Kind::measured, at(140min), at(150min), Joules{600}, 0, told);
  REQUIRE(told.records.size() == 3);
  CHECK(told.records[0].to == at(15min));
  CHECK(told.records[1].from == at(5min));
  CHECK(told.records[1].to == at(140min));
  CHECK((told.records[1].quality & quality::k_gap_filled) != 0);
  CHECK(told.records[2].from == at(135min));
  CHECK(told.records[2].covered == 10min);
  Duration covered{};
  for (const auto& record : told.records) covered += record.covered;
  CHECK(covered == 150min);
  CHECK(told.sum(Kind::measured) == 9000);
}

TEST_CASE("energy after a gap whose cuts nobody closed lies behind them, and makes no time or energy of its own") {
  // As after six minutes without power across a cut: 5 s at 1 kW before it, 1 s after it.
  Collected told;
  RecordedAccount account;
  account.begin(at(14min), k_quarters);
  account.add(Kind::integrated, at(14min), at(14min + 5s), Joules{5000}, 0, told);
  account.add(Kind::integrated, at(20min + 5s), at(20min + 6s), Joules{1000}, 0, told);
  account.close_until(at(30min), told);
  REQUIRE(told.records.size() == 2);
  CHECK(told.records[0].energy[1] == 5000);
  CHECK(told.records[0].covered == 5s);
  CHECK(told.records[1].from == at(15min));
  CHECK(told.records[1].energy[1] == 1000);
  CHECK(told.records[1].covered == 1s);
}

TEST_CASE("energy whose record is closed already gets a record of its own") {
  Collected told;
  RecordedAccount account;
  account.begin(at(0s), k_quarters);
  account.add(Kind::measured, at(0s), at(14min), Joules{1400}, 0, told);
  account.close_until(at(15min), told);
  account.add(Kind::measured, at(14min), at(16min), Joules{200}, 0, told);
  REQUIRE(told.records.size() == 2);
  CHECK(told.records[1].from == at(14min));
  CHECK(told.records[1].to == at(15min));
  CHECK(told.records[1].energy[0] == 100);
}

TEST_CASE("a stepped clock closes the record where energy ended, and nothing is lost or doubled") {
  Collected told;
  RecordedAccount account;
  account.begin(at(0s), k_quarters);
  account.add(Kind::measured, at(0s), at(10min), Joules{1000}, 0, told);
  account.recut({.origin = at(7min), .length = 15min}, quality::k_clock_adjusted, told);
  account.add(Kind::measured, at(10min), at(30min), Joules{2000}, 0, told);
  REQUIRE(told.records.size() == 2);
  CHECK(told.records[0].to == at(10min));
  CHECK(told.records[0].quality == quality::k_clock_adjusted);
  CHECK(told.records[1].from == at(10min));
  CHECK(told.records[1].to == at(22min));
  CHECK(told.records[1].energy[0] == 1200);
}

TEST_CASE("what goes backwards is recorded as it is, and marked") {
  Collected told;
  RecordedAccount account;
  account.begin(at(0s), k_quarters);
  account.add(Kind::integrated, at(0s), at(15min), Joules{-500.5}, 0, told);
  REQUIRE(told.records.size() == 1);
  CHECK(told.records[0].energy[1] == -501);
  CHECK(told.records[0].quality == quality::k_reversed);
}

TEST_CASE("records and what is open are the total, exactly, over a million random steps") {
  // T-D26
  std::mt19937_64 random{26};
  Collected told;
  RecordedAccount account;
  account.begin(at(0s), k_quarters);
  Instant now = at(0s);
  std::array<std::int64_t, k_kinds> recorded{};
  std::size_t seen = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const Instant next = now + std::chrono::milliseconds{random() % 200'000 + 1};
    const auto kind = static_cast<Kind>(random() % 3);
    const Joules energy{static_cast<double>(random() % 100'000'000) / 997.0 - 1000.0};
    switch (random() % 16) {
      case 0:
        account.add_whole(kind, now, next, energy, quality::k_gap_filled, told);
        break;
      case 1:
        account.close_until(next - 1h, told);
        break;
      case 2:
        account.recut(
            {.origin = Instant{Duration{static_cast<std::int64_t>(random() % 900'000'000'000)}}, .length = 15min},
            quality::k_clock_adjusted, told);
        break;
      case 3: {
        const auto state = account.state();
        account.resume(state);
        break;
      }
      default:
        account.add(kind, now, next, energy, 0, told);
    }
    now = next;
    for (; seen < told.records.size(); ++seen) {
      CHECK(told.records[seen].from < told.records[seen].to);
      for (std::size_t k = 0; k < k_kinds; ++k) recorded[k] += told.records[seen].energy[k];
    }
    const auto state = account.state();
    if (recorded != state.recorded) FAIL("records do not sum to what the account says is recorded, at step " << i);
  }
  account.close_until(now + 1h, told);
  CHECK(told.sum(Kind::measured) == account.state().whole[0]);
  CHECK(told.sum(Kind::integrated) == account.state().whole[1]);
  CHECK(told.sum(Kind::substituted) == account.state().whole[2]);
}
