#include <doctest/doctest.h>

#include <string>

#include "agent/history/decimal.h"
#include "agent/history/iso_time.h"

using pue::history::k_most_millionths;
using pue::history::millionths;
using pue::history::parse_time;
using pue::history::written_time;

TEST_CASE("a decimal number is taken exactly to its sixth place") {
  CHECK(millionths("1234.5") == 1'234'500'000);
  CHECK(millionths("0.000001") == 1);
  CHECK(millionths("-3") == -3'000'000);
  CHECK(millionths("+.5") == 500'000);
  CHECK(millionths("7.") == 7'000'000);
  // 2^53 + 1 thousandths: no double holds it.
  CHECK(millionths("9007199254.740993") == 9'007'199'254'740'993);
  CHECK(millionths("100000000000") == k_most_millionths);
}

TEST_CASE("places beyond the sixth are rounded half away from zero") {
  CHECK(millionths("0.0000004999") == 0);
  CHECK(millionths("0.0000005") == 1);
  CHECK(millionths("-0.0000005") == -1);
}

TEST_CASE("an exponent moves the point") {
  CHECK(millionths("5e-05") == 50);
  CHECK(millionths("1.25E+3") == 1'250'000'000);
  CHECK(millionths("12.5e-8") == 0);
  CHECK(millionths("0e99") == 0);
}

TEST_CASE("what is no plain number up to 1e11 is none") {
  for (const auto* const text : {"",
                                 "-",
                                 ".",
                                 "e5",
                                 "1e",
                                 "1e+",
                                 "1e-+5",
                                 "NaN",
                                 "nan",
                                 "inf",
                                 "-inf",
                                 "1,5",
                                 "1 5",
                                 "0x10",
                                 "1.2.3",
                                 "--1",
                                 "1e5e5",
                                 "1e999",
                                 "1e99",
                                 "100000000000.1",
                                 "99999999999999999999",
                                 "１"}) {
    CAPTURE(text);
    CHECK_FALSE(millionths(text).has_value());
  }
  CHECK_FALSE(millionths(std::string(65, '0')).has_value());
}

// Expected: `date -u -d TEXT +%s`.
TEST_CASE("an ISO time with its offset is an instant") {
  CHECK(parse_time("1990-01-01T00:00:00Z") == 631'152'000'000);
  CHECK(parse_time("2025-03-01T00:15:00+08:00") == 1'740'759'300'000);
  CHECK(parse_time("2025-02-28 16:15Z") == 1'740'759'300'000);
  CHECK(parse_time("2025-02-28T16:15:00.250z") == 1'740'759'300'250);
  CHECK(parse_time("2025-02-28T16:15:00.2505999Z") == 1'740'759'300'250);
  CHECK(parse_time("2025-02-28T08:45:00-0730") == 1'740'759'300'000);
  CHECK(parse_time("2025-03-01T00:15:00 +08") == 1'740'759'300'000);
  CHECK(parse_time("2024-02-29T12:00:00Z") == 1'709'208'000'000);
}

TEST_CASE("a time without an offset is refused, since nobody knows when it was") {
  CHECK(parse_time("2025-03-01T00:15:00").error() == "has no offset from UTC: expected Z or, say, +08:00 at its end");
}

TEST_CASE("what is no time is refused") {
  for (const auto* const text :
       {"", "2025", "2025-03-01", "01.03.2025 00:15", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z", "2025-03-01T24:00:00Z", "2025-03-01T00:60:00Z", "2025-03-01T00:00:60Z",
        "1989-12-31T00:00:00Z", "2200-01-01T00:00:00Z", "2025-03-01T00:15:00+19:00", "2025-03-01T00:15:00+8",
        "2025-03-01T00:15:00Zx", "2025-03-01T00:15:00.Z", "-025-03-01T00:15:00Z", "2025-03-01T00:15:00+08:00:00"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text).has_value());
  }
}

TEST_CASE("an instant is written in UTC") {
  CHECK(written_time(1'740'759'300'000) == "2025-02-28T16:15:00Z");
  CHECK(written_time(1'740'759'300'250) == "2025-02-28T16:15:00.250Z");
}
