#include "agent/civil/zone.h"

#include <doctest/doctest.h>

using namespace pue;
using namespace pue::civil;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t k_hour = 3'600'000;

Zone zone(const char* name) { return *Zone::find(name); }
Date day(const char* text) { return *parse_date(text); }

}  // namespace

// Unix seconds by `TZ=... date -d ... +%s` (coreutils 9.1).
TEST_CASE("a civil day begins where the zone's clock says midnight") {
  CHECK(zone("Asia/Shanghai").start_of(day("2026-01-01")) == 1'767'196'800'000);
  CHECK(zone("UTC").start_of(day("2026-01-01")) == 1'767'225'600'000);
  CHECK(zone("America/New_York").start_of(day("2026-07-01")) == 1'782'878'400'000);
}

TEST_CASE("the day on which the clock is put forward has 23 hours, the one on which it is put back 25") {
  const auto berlin = zone("Europe/Berlin");
  CHECK(berlin.day_around(berlin.start_of(day("2026-03-29"))).length() == 23 * k_hour);
  CHECK(berlin.day_around(berlin.start_of(day("2026-10-25"))).length() == 25 * k_hour);
  CHECK(berlin.day_around(berlin.start_of(day("2026-10-26"))).length() == 24 * k_hour);
}

TEST_CASE("a day whose midnight is left out begins at one o'clock") {
  const auto havana = zone("America/Havana");  // 2026-03-08: 00:00 -> 01:00
  const auto start = havana.start_of(day("2026-03-08"));
  CHECK(havana.written(start) == "2026-03-08T01:00:00-04:00");
  CHECK(havana.day_around(start).length() == 23 * k_hour);
}

TEST_CASE("a shift of half an hour makes a day of 24 and a half") {
  const auto lord_howe = zone("Australia/Lord_Howe");  // back by 30 minutes on 2026-04-05
  CHECK(lord_howe.day_around(lord_howe.start_of(day("2026-04-05"))).length() == 24 * k_hour + k_hour / 2);
}

TEST_CASE("months and years are those of the calendar") {
  const auto berlin = zone("Europe/Berlin");
  const auto in_march = berlin.start_of(day("2026-03-15"));
  CHECK(berlin.month_around(in_march) == Span{berlin.start_of(day("2026-03-01")), berlin.start_of(day("2026-04-01"))});
  CHECK(berlin.month_around(in_march).length() == 31 * 24 * k_hour - k_hour);
  CHECK(berlin.year_around(in_march).length() == 365 * 24 * k_hour);
  CHECK(zone("UTC").year_around(zone("UTC").start_of(day("2028-12-31"))).length() == 366 * 24 * k_hour);
}

TEST_CASE("the days of a year cover it without gap and overlap") {
  const auto berlin = zone("Europe/Berlin");
  const Span year{berlin.start_of(day("2026-01-01")), berlin.start_of(day("2027-01-01"))};
  const auto days = berlin.days_of(year);
  REQUIRE(days.size() == 365);
  auto at = year.from;
  for (const auto& each : days) {
    CHECK(each.from == at);
    at = each.to;
  }
  CHECK(at == year.to);
  CHECK(berlin.months_of(year).size() == 12);
}

TEST_CASE("a span that begins inside a month has its rest as the first") {
  const auto utc = zone("UTC");
  const auto months = utc.months_of({utc.start_of(day("2026-01-20")), utc.start_of(day("2026-03-02"))});
  REQUIRE(months.size() == 3);
  CHECK(months.front().length() == 12 * 24 * k_hour);
  CHECK(months.back().length() == 24 * k_hour);
}

TEST_CASE("an instant is written with the offset in force") {
  const auto berlin = zone("Europe/Berlin");
  CHECK(berlin.written(berlin.start_of(day("2026-07-01"))) == "2026-07-01T00:00:00+02:00");
  CHECK(zone("America/New_York").written(0) == "1969-12-31T19:00:00-05:00");
  CHECK(zone("Asia/Kathmandu").written(0) == "1970-01-01T05:30:00+05:30");
}

TEST_CASE("an unknown zone names the nearest known one") {
  const auto wrong = Zone::find("Asia/Shangai");
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error() == "no time zone 'Asia/Shangai', did you mean 'Asia/Shanghai'?");
  CHECK_FALSE(Zone::find("").has_value());
  CHECK_FALSE(Zone::find("../../etc/passwd").has_value());
}

TEST_CASE("a date is a day that the calendar has") {
  CHECK(parse_date("2028-02-29").has_value());
  for (const auto* text : {"2026-02-29", "2026-13-01", "2026-1-01", "2026-01-01T00", "", "2026-00-10", "20260-1-01",
                           "-026-01-01", "2026-01-+1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_date(text).has_value());
  }
  CHECK(written(day("2028-02-29")) == "2028-02-29");
}

TEST_CASE("twelve months are counted by the calendar") {
  CHECK(is_twelve_months(day("2026-01-01"), day("2027-01-01")));
  CHECK(is_twelve_months(day("2026-04-15"), day("2027-04-15")));
  CHECK_FALSE(is_twelve_months(day("2026-01-01"), day("2026-12-31")));
  CHECK_FALSE(is_twelve_months(day("2028-02-29"), day("2029-02-28")));
  CHECK(is_twelve_months(day("2028-02-29"), day("2029-03-01")));
}
