#include "agent/history/meter_history.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "agent/history/iso_time.h"

using namespace pue;
using namespace pue::history;
using namespace std::chrono_literals;

namespace {

ledger::UnixMs at(const std::string& clock) { return parse_time("2025-03-01T" + clock + "Z").value(); }

plan::Meter meter(plan::Role role, double share = 1.0, double ratio = 1.0, double conversion = 1.0) {
  plan::Meter made;
  made.role = role;
  made.share = share;
  made.ratio = ratio;
  made.conversion = conversion;
  return made;
}

MeterHistory history_of(const plan::Meter& of, Duration interval = 15min, bool estimated = false) {
  return {scale_of({}, of).value(), {.interval = interval, .estimated = estimated, .now = at("23:00")}};
}

struct Row {
  std::string clock;
  double number;
};

/// Adds rows that are right and gives what became of them.
std::vector<ledger::EnergyRow> rows(MeterHistory& of, Column column, const std::vector<Row>& given) {
  std::size_t line = 1;
  for (const auto& row : given) {
    const auto problem = of.add(column, at(row.clock), std::llround(row.number * 1e6), ++line);
    CAPTURE(row.clock);
    CHECK_MESSAGE(!problem, problem.value_or(""));
  }
  return of.take_rows();
}

std::string problem(MeterHistory& of, Column column, const std::string& clock, double number, std::size_t line) {
  return of.add(column, at(clock), std::llround(number * 1e6), line).value_or("");
}

std::int64_t measured(const std::vector<ledger::EnergyRow>& of) {
  std::int64_t sum = 0;
  for (const auto& row : of) sum += row.measured;
  return sum;
}

}  // namespace

// V26 of the domain reference: 1000 kWh at 00:58 and 1010 at 01:03 are 1004.0 at 01:00.
TEST_CASE("a register's difference is split at the quarter of an hour") {
  auto grid = history_of(meter(plan::Role::grid));
  const auto got = rows(grid, Column::register_kwh, {{"00:58:00", 1000}, {"01:03:00", 1010}});
  REQUIRE(got.size() == 2);
  CHECK(got[0].start == at("00:58:00"));
  CHECK(got[0].length == 120'000);
  CHECK(got[0].measured == 4 * 3'600'000);
  CHECK(got[0].quality == ledger::k_imported);
  CHECK_FALSE(got[0].reading.has_value());
  CHECK(got[1].start == at("01:00:00"));
  CHECK(got[1].measured == 6 * 3'600'000);
  CHECK(got[1].reading == 1010 * 3'600'000LL);
}

TEST_CASE("the first reading of a register starts the count and is no energy") {
  auto grid = history_of(meter(plan::Role::grid));
  CHECK(rows(grid, Column::register_kwh, {{"00:00:00", 123456}}).empty());
}

TEST_CASE("the rows of a register sum to its difference exactly, with any factor") {
  auto grid = history_of(meter(plan::Role::grid, 0.37, 80.0));
  std::vector<Row> given;
  for (int minute = 0; minute < 60; ++minute) {
    given.push_back({"05:" + std::string(minute < 10 ? "0" : "") + std::to_string(minute) + ":07",
                     9'876'543.21 + minute * 0.123457});
  }
  // 59 * 123457 millionths of a kWh times 3.6 J * 0.37 * 80 = 776,179,097.3
  CHECK(measured(rows(grid, Column::register_kwh, given)) == 776'179'097);
}

TEST_CASE("a difference over more than three intervals is one row, measured, its course not known") {
  auto grid = history_of(meter(plan::Role::grid), 5min);
  const auto got =
      rows(grid, Column::register_kwh, {{"00:05:00", 0}, {"00:20:00", 1}, {"02:00:00", 11}, {"02:05:00", 12}});
  REQUIRE(got.size() == 4);
  CHECK(got[0].quality == ledger::k_imported);
  CHECK(got[2].start == at("00:20:00"));
  CHECK(got[2].length == 100 * 60'000);
  CHECK(got[2].covered == got[2].length);
  CHECK(got[2].measured == 36'000'000);
  CHECK(got[2].quality == (ledger::k_imported | ledger::k_gap_filled));
}

TEST_CASE("the energy of an interval begins at the row's time") {
  auto ups = history_of(meter(plan::Role::it_ups), 1h);
  const auto got = rows(ups, Column::energy_kwh, {{"00:00:00", 4}, {"01:00:00", 8}});
  REQUIRE(got.size() == 8);
  CHECK(got[0].measured == 3'600'000);
  CHECK(got[7].start == at("01:45:00"));
  CHECK(got[7].measured == 7'200'000);
  CHECK(got[7].quality == ledger::k_imported);
}

TEST_CASE("less than a joule is carried to the next interval") {
  auto ups = history_of(meter(plan::Role::it_ups), 1min);
  // 0.1 Wh are 360 J, a millionth of a kWh is 3.6 J
  std::vector<Row> given;
  for (int minute = 0; minute < 10; ++minute) given.push_back({"00:0" + std::to_string(minute) + ":00", 0.000001});
  CHECK(measured(rows(ups, Column::energy_kwh, given)) == 36);
}

// V21 of the domain reference: 100, 200, 400, 300 kW at 0, 10, 20, 30 s are 8000 kWs.
TEST_CASE("power is integrated by trapezoid") {
  auto ups = history_of(meter(plan::Role::it_ups));
  const auto got =
      rows(ups, Column::power_kw, {{"00:00:00", 100}, {"00:00:10", 200}, {"00:00:20", 400}, {"00:00:30", 300}});
  REQUIRE(got.size() == 1);
  CHECK(got[0].integrated == 8'000'000);
  CHECK(got[0].measured == 0);
  CHECK(got[0].covered == 30'000);
}

TEST_CASE("a trapezoid is cut where the quarter of an hour ends, along its slope") {
  auto ups = history_of(meter(plan::Role::it_ups));
  // From 0 to 20 kW in 20 min: 10 kW at the cut, so 3 MJ before and 9 MJ after it.
  const auto got = rows(ups, Column::power_kw, {{"00:05:00", 0}, {"00:25:00", 20}});
  REQUIRE(got.size() == 2);
  CHECK(got[0].integrated == 3'000'000);
  CHECK(got[1].integrated == 9'000'000);
}

TEST_CASE("power is not bridged over more than three intervals, or five minutes if that is longer") {
  auto ups = history_of(meter(plan::Role::it_ups), 1min);
  const auto got = rows(ups, Column::power_kw, {{"00:00:00", 1}, {"00:05:00", 1}, {"00:10:01", 1}, {"00:11:01", 1}});
  REQUIRE(got.size() == 1);
  CHECK(got[0].integrated == 360'000);
  CHECK(got[0].covered == 360'000);
  CHECK(got[0].quality == (ledger::k_imported | ledger::k_partial));
}

TEST_CASE("estimates of another system are substituted energy") {
  auto ups = history_of(meter(plan::Role::it_ups), 15min, true);
  const auto got = rows(ups, Column::energy_kwh, {{"00:00:00", 1}});
  REQUIRE(got.size() == 1);
  CHECK(got[0].measured == 0);
  CHECK(got[0].substituted == 3'600'000);
  CHECK(got[0].quality == (ledger::k_imported | ledger::k_estimated));
}

TEST_CASE("the meter's factor applies to what its register says, and the reading is the register's own") {
  auto half = history_of(meter(plan::Role::it_ups, 0.5, 80.0));
  const auto got = rows(half, Column::register_kwh, {{"00:00:00", 10}, {"00:15:00", 11}});
  REQUIRE(got.size() == 1);
  CHECK(got[0].measured == 40 * 3'600'000);
  CHECK(got[0].reading == 11 * 3'600'000);
}

TEST_CASE("what leaves at the boundary has no sign in the ledger") {
  auto exported = history_of(meter(plan::Role::exported));
  CHECK(measured(rows(exported, Column::register_kwh, {{"00:00:00", 1}, {"00:15:00", 2}})) == 3'600'000);
}

TEST_CASE("water is counted in milliliters") {
  auto water = history_of(meter(plan::Role::water));
  const auto got = rows(water, Column::register_m3, {{"00:00:00", 5}, {"00:15:00", 5.25}});
  REQUIRE(got.size() == 1);
  CHECK(got[0].measured == 250'000);
  CHECK(got[0].reading == 5'250'000);
}

TEST_CASE("fuel becomes energy by its conversion") {
  // 9.9 kWh/L (EN 50600-4): a cubic meter is 9900 kWh
  auto diesel = history_of(meter(plan::Role::fuel_diesel, 1.0, 1.0, 9.9 * 3.6e9));
  CHECK(measured(rows(diesel, Column::register_m3, {{"00:00:00", 5}, {"00:15:00", 6}})) == 9900 * 3'600'000LL);
}

TEST_CASE("weather has no energy") { CHECK_FALSE(scale_of({}, meter(plan::Role::weather_dry_bulb)).has_value()); }

TEST_CASE("a column of the wrong kind says which is right") {
  auto water = history_of(meter(plan::Role::water));
  CHECK(problem(water, Column::register_kwh, "00:00:00", 1, 2) == "the meter counts a volume: expected register_m3");
  auto ups = history_of(meter(plan::Role::it_ups));
  CHECK(problem(ups, Column::register_m3, "00:00:00", 1, 2) ==
        "the meter counts energy: expected register_kwh, energy_kwh or power_kw");
}

TEST_CASE("a register that falls is refused with both lines and what to do") {
  auto ups = history_of(meter(plan::Role::it_ups));
  CHECK(problem(ups, Column::register_kwh, "00:00:00", 999'999.5, 7).empty());
  const auto why = problem(ups, Column::register_kwh, "00:15:00", 3, 9);
  CHECK(why.find("the register falls from 999999.5 (line 7) to 3.") == 0);
  CHECK(why.find("import up to line 7 and the rest, from this line on, as two files in two runs") != std::string::npos);
  CHECK(why.find("add its modulus") != std::string::npos);
}

TEST_CASE("a register that rises by more than any meter passes is refused") {
  auto ups = history_of(meter(plan::Role::it_ups));
  CHECK(problem(ups, Column::register_kwh, "00:00:00", 5, 2).empty());
  // 10 GW for a quarter of an hour are 2.5e6 MWh
  CHECK(problem(ups, Column::register_kwh, "00:15:00", 2.6e9, 3).find("more than passes any meter in that time") !=
        std::string::npos);
  CHECK(problem(ups, Column::register_kwh, "00:15:00", 6, 3).empty());
}

TEST_CASE("times that fall, repeat, lie in the future or inside an interval are refused") {
  auto ups = history_of(meter(plan::Role::it_ups));
  CHECK(problem(ups, Column::energy_kwh, "01:00:00", 1, 2).empty());
  CHECK(problem(ups, Column::energy_kwh, "01:00:00", 1, 3) == "the meter has a row of this time already, at line 2");
  CHECK(problem(ups, Column::energy_kwh, "00:45:00", 1, 3) ==
        "lies before the meter's row at line 2 (2025-03-01T01:00:00Z): sort the file by time");
  CHECK(problem(ups, Column::energy_kwh, "01:14:59", 1, 3) ==
        "lies inside the interval that begins at line 2 (2025-03-01T01:00:00Z): is --interval right?");
  CHECK(problem(ups, Column::energy_kwh, "22:50:00", 1, 3) == "lies in the future, or its interval does");
  CHECK(problem(ups, Column::energy_kwh, "22:45:00", 1, 3).empty());
}

TEST_CASE("only a source flows backwards, and its rows say so") {
  auto ups = history_of(meter(plan::Role::it_ups));
  CHECK(problem(ups, Column::power_kw, "00:00:00", -1, 2) ==
        "power_kw below 0: only a source (grid, battery, ...) can flow backwards");
  auto battery = history_of(meter(plan::Role::battery));
  const auto got = rows(battery, Column::power_kw, {{"00:00:00", -1}, {"00:01:00", -1}});
  REQUIRE(got.size() == 1);
  CHECK(got[0].integrated == -60'000);
  CHECK(got[0].quality == (ledger::k_imported | ledger::k_reversed));
  CHECK(problem(battery, Column::register_kwh, "00:02:00", -1, 2) == "a register below 0");
}

TEST_CASE("power and energy beyond what any meter passes are refused") {
  auto ups = history_of(meter(plan::Role::it_ups));
  CHECK(problem(ups, Column::power_kw, "00:00:00", 1.1e7, 2) == "more power than passes any meter");
  CHECK(problem(ups, Column::energy_kwh, "00:00:00", 2.6e9, 2) == "more energy than passes any meter in 900 s");
  CHECK(problem(ups, Column::power_kw, "00:00:00", 0.9e7, 2).empty());
}
