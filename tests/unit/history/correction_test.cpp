#include "agent/history/correction.h"

#include <doctest/doctest.h>

#include "agent/history/quarter_hours.h"

using namespace pue;
using namespace pue::history;

namespace {

constexpr ledger::UnixMs k_minute = 60'000;

/// Minutes after an hour's beginning.
constexpr ledger::UnixMs at(std::int64_t minutes) { return 1'740'758'400'000 + minutes * k_minute; }

ledger::EnergyRow row(std::int64_t from, std::int64_t to, std::int64_t measured, std::int64_t meter = 7) {
  return {.meter = meter,
          .start = at(from),
          .length = (to - from) * k_minute,
          .measured = measured,
          .covered = (to - from) * k_minute};
}

std::int64_t sum(const std::vector<ledger::EnergyRow>& rows) {
  std::int64_t all = 0;
  for (const auto& one : rows) all += one.measured + one.integrated + one.substituted;
  return all;
}

}  // namespace

TEST_CASE("a correction takes back each record of the span and puts the new amount in its place") {
  auto integrated = row(15, 30, 0);
  integrated.integrated = 500;
  integrated.substituted = 20;
  const std::vector<ledger::EnergyRow> recorded{row(0, 15, 1000), integrated};
  const auto made = correct(recorded, at(0), at(30), 900, 9);
  REQUIRE(made.has_value());
  CHECK(made->before == 1520);
  CHECK(made->after == 900);
  CHECK(made->reversed == 2);
  REQUIRE(made->rows.size() == 3);
  CHECK(made->rows[0].measured == -1000);
  CHECK(made->rows[0].start == at(0));
  CHECK(made->rows[0].quality == ledger::k_corrected);
  CHECK(made->rows[0].covered == 0);
  CHECK(made->rows[1].integrated == -500);
  CHECK(made->rows[1].substituted == -20);
  CHECK(made->rows[2].substituted == 900);
  CHECK(made->rows[2].quality == (ledger::k_corrected | ledger::k_estimated));
  CHECK(made->rows[2].covered == 0);
  CHECK(made->rows[2].meter == 7);
  CHECK(sum(recorded) + sum(made->rows) == 900);
}

TEST_CASE("of a record that crosses the span's edge only the part inside is taken back") {
  const auto made = correct(std::vector{row(0, 60, 6000)}, at(45), at(75), 100, 7);
  REQUIRE(made.has_value());
  CHECK(made->before == 1500);
  CHECK(made->rows[0].start == at(45));
  CHECK(made->rows[0].length == 15 * k_minute);
  CHECK(made->rows[0].measured == -1500);
}

TEST_CASE("a correction of a correction goes to the newest amount") {
  std::vector<ledger::EnergyRow> recorded{row(0, 15, 1000)};
  const auto first = correct(recorded, at(0), at(15), 900, 7).value();
  recorded.insert(recorded.end(), first.rows.begin(), first.rows.end());
  const auto second = correct(recorded, at(0), at(15), 950, 7).value();
  CHECK(second.before == 900);
  CHECK(sum(recorded) + sum(second.rows) == 950);
}

TEST_CASE("a record that is taken back is not taken back again") {
  std::vector<ledger::EnergyRow> recorded{row(0, 15, 1000), row(15, 30, 1000), row(30, 60, 2000)};
  for (const std::int64_t amount : {1900, 1950, 1980}) {
    const auto made = correct(recorded, at(0), at(30), amount, 7).value();
    CHECK(made.reversed == (amount == 1900 ? 2 : 1));
    recorded.insert(recorded.end(), made.rows.begin(), made.rows.end());
  }
  // A part of the last amount and of a record that was never touched.
  const auto part = correct(recorded, at(15), at(45), 5, 7).value();
  CHECK(part.reversed == 2);
  CHECK(part.before == 990 + 1000);
  recorded.insert(recorded.end(), part.rows.begin(), part.rows.end());
  CHECK(sum(recorded) == 990 + 5 + 1000);
}

TEST_CASE("an empty span is filled under the meter in force") {
  const auto made = correct({}, at(0), at(15), 900, 9).value();
  CHECK(made.before == 0);
  REQUIRE(made.rows.size() == 1);
  CHECK(made.rows[0].meter == 9);
  CHECK(made.rows[0].covered == 15 * k_minute);
}

TEST_CASE("long rows begin and end with a quarter of an hour, and all of them are the amount") {
  const auto made = correct({}, at(10), at(95), 1000, 9).value();
  REQUIRE(made.rows.size() == 3);
  CHECK(made.rows[0].length == 5 * k_minute);
  CHECK(made.rows[1].start == at(15));
  CHECK(made.rows[1].length == 75 * k_minute);
  CHECK(made.rows[2].start == at(90));
  CHECK(made.rows[2].length == 5 * k_minute);
  CHECK(sum(made.rows) == 1000);
  CHECK(correct({}, at(1), at(14), 5, 9).value().rows.size() == 1);
  CHECK(correct({}, at(1), at(16), 5, 9).value().rows.size() == 2);
}

TEST_CASE("a span with records of two configurations is refused with the time between them") {
  const auto made = correct(std::vector{row(0, 15, 1, 7), row(15, 30, 1, 8)}, at(0), at(30), 5, 8);
  CHECK(made.error() ==
        "the configuration changed at 2025-02-28T16:15:00Z: correct the time before it and after it one by one");
}

TEST_CASE("a correction covers what no record covered, and nothing twice") {
  // Ten minutes of the first quarter of an hour and all of the third have records.
  std::vector<ledger::EnergyRow> recorded{row(0, 10, 1000), row(30, 45, 1000)};
  const auto half = correct(recorded, at(0), at(10), 900, 7).value();
  REQUIRE(half.rows.size() == 2);
  CHECK(half.rows[1].covered == 0);
  const auto all = correct(recorded, at(0), at(60), 900, 7).value();
  REQUIRE(all.rows.size() == 6);
  CHECK(all.rows[2].covered == 5 * k_minute);
  CHECK(all.rows[3].covered == 15 * k_minute);
  CHECK(all.rows[4].covered == 0);
  CHECK(all.rows[5].covered == 15 * k_minute);
  CHECK(sum(recorded) + sum(all.rows) == 900);

  recorded.insert(recorded.end(), all.rows.begin(), all.rows.end());
  const auto again = correct(recorded, at(0), at(60), 800, 7).value();
  CHECK(again.rows.back().start == at(0));
  CHECK(again.rows.back().length == 60 * k_minute);
  CHECK(again.rows.back().covered == 0);
}

TEST_CASE("an amount that no meter can have counted in the time is refused") {
  // 10 GW over a minute are 600 GJ.
  CHECK(correct({}, at(0), at(1), 600'000'000'000, 7).has_value());
  CHECK(correct({}, at(0), at(1), 600'000'000'001, 7).error() == "more than passes any meter in that time");
  CHECK_FALSE(correct({}, at(0), at(1), -600'000'000'001, 7).has_value());
}

TEST_CASE("records that add up to more than 64 bits hold are told, not added") {
  constexpr std::int64_t k_much = 5'000'000'000'000'000'000;
  const auto made = correct(std::vector{row(0, 15, k_much), row(15, 30, k_much)}, at(0), at(30), 1, 7);
  CHECK(made.error() == "the records of that time add up to more than a sum can hold");
}
