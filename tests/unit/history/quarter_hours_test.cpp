#include "agent/history/quarter_hours.h"

#include <doctest/doctest.h>

using namespace pue;
using namespace pue::history;

namespace {

constexpr ledger::UnixMs k_minute = 60'000;

/// Minutes after an hour's beginning.
constexpr ledger::UnixMs at(std::int64_t minutes) { return 1'740'758'400'000 + minutes * k_minute; }

}  // namespace

TEST_CASE("a piece is cut at each quarter of an hour, and its parts are its sum") {
  const auto parts = cut_at_quarters({.from = at(10), .to = at(35), .measured = 1000, .reading = 7});
  REQUIRE(parts.size() == 3);
  // 5, 15 and 5 of 25 minutes
  CHECK(parts[0].measured == 200);
  CHECK(parts[1].measured == 600);
  CHECK(parts[2].measured == 200);
  CHECK(parts[0].to == at(15));
  CHECK(parts[2].from == at(30));
  CHECK_FALSE(parts[1].reading.has_value());
  CHECK(parts[2].reading == 7);
}

TEST_CASE("what does not divide is neither lost nor made") {
  for (const std::int64_t amount : {1, 2, 7, -5, 1'000'003}) {
    std::int64_t sum = 0;
    for (const auto& part : cut_at_quarters({.from = at(1), .to = at(59), .measured = amount})) sum += part.measured;
    CHECK(sum == amount);
  }
}

TEST_CASE("pieces of one quarter of an hour become one row") {
  QuarterHours quarters;
  quarters.add({.from = at(0), .to = at(5), .measured = 10, .quality = ledger::k_imported, .reading = 110});
  quarters.add({.from = at(5), .to = at(15), .measured = 20, .quality = ledger::k_imported, .reading = 130});
  quarters.add({.from = at(15), .to = at(20), .integrated = 5});
  CHECK(quarters.size() == 2);
  const auto rows = quarters.take();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].start == at(0));
  CHECK(rows[0].length == 15 * k_minute);
  CHECK(rows[0].measured == 30);
  CHECK(rows[0].covered == 15 * k_minute);
  CHECK(rows[0].quality == ledger::k_imported);
  CHECK(rows[0].reading == 130);
  CHECK(rows[1].integrated == 5);
  CHECK(rows[1].length == 5 * k_minute);
  CHECK(quarters.take().empty());
}

TEST_CASE("a hole inside a quarter is not covered") {
  QuarterHours quarters;
  quarters.add({.from = at(0), .to = at(3), .integrated = 1});
  quarters.add({.from = at(10), .to = at(14), .integrated = 1});
  const auto rows = quarters.take();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].length == 14 * k_minute);
  CHECK(rows[0].covered == 7 * k_minute);
  CHECK(rows[0].quality == ledger::k_partial);
}

TEST_CASE("a piece over a gap stays a row of its own") {
  QuarterHours quarters;
  quarters.add({.from = at(0), .to = at(2), .measured = 1});
  quarters.add({.from = at(2), .to = at(65), .measured = 100, .quality = ledger::k_gap_filled});
  quarters.add({.from = at(65), .to = at(70), .measured = 3});
  quarters.add({.from = at(70), .to = at(75), .measured = 4});
  const auto rows = quarters.take();
  REQUIRE(rows.size() == 3);
  CHECK(rows[1].start == at(2));
  CHECK(rows[1].length == 63 * k_minute);
  CHECK(rows[1].quality == ledger::k_gap_filled);
  CHECK(rows[2].measured == 7);
}

TEST_CASE("quarters count from the hour, before 1970 too") {
  CHECK(quarter_of(at(14)) == at(0));
  CHECK(quarter_of(at(15)) == at(15));
  CHECK(quarter_of(-1) == -k_quarter_ms);
}
