#include "agent/report/compute.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/report/site.h"

using namespace pue;
using namespace pue::report;

TEST_CASE("a year's report gives PUE with full coverage, by category and by month") {
  const auto report = site::steady_year().report();
  REQUIRE(report.pue.size() == 1);
  const auto& pue = report.pue.front();
  CHECK(*pue.value.value == doctest::Approx(1.5).epsilon(1e-12));
  CHECK(pue.coverage == 1.0);
  CHECK(pue.grade == kpi::CoverageGrade::audit_grade);
  CHECK(*pue.uncertainty.value == doctest::Approx(0.01225).epsilon(1e-3));  // two meters of class 0.5
  CHECK(std::string(label_of(report)) == "PUE");
  REQUIRE(report.months.size() == 12);
  CHECK(*report.months[1].pue.front().value.value == doctest::Approx(1.5));
  CHECK(report.total.value() == 1500.0 * 35'040);
  CHECK(report.days.size() == 365);
}

TEST_CASE("less than twelve months is an interim PUE") {
  auto half = site::Site{};
  half.request.to = *parse_date("2026-07-01");
  half.add(site::meter("grid", "grid", 1), 1500);
  half.add(site::meter("ups", "it.ups", 0, 1), 1000);
  const auto report = half.report();
  CHECK(std::string(label_of(report)) == "iPUE");
  CHECK(report.pue.front().value.value.has_value());
  CHECK(report.gb40879.rm2.withheld->reason == Reason::not_twelve_months);
}

TEST_CASE("a year below 90 % coverage is withheld and names the meter that lacks") {
  site::Site poor;
  poor.add(site::meter("grid", "grid", 1), 1500);
  poor.add(site::meter("ups", "it.ups", 0, 1), 1000, "2026-02-10", "2027-01-01");
  const auto report = poor.report();
  const auto& value = report.pue.front().value;
  REQUIRE(value.withheld.has_value());
  CHECK(value.withheld->reason == Reason::coverage);
  CHECK(value.withheld->subjects == std::vector<std::string>{"ups"});
  CHECK(report.pue.front().coverage == doctest::Approx(325.0 / 365.0));
  CHECK(report.months[0].pue.front().value.withheld->reason == Reason::no_common_time);
  CHECK(*report.months[5].pue.front().value.value == doctest::Approx(1.5));
}

TEST_CASE("the same gaps in a shorter period are published as iPUE with their coverage") {
  site::Site poor;
  poor.request.to = *parse_date("2026-03-01");
  poor.add(site::meter("grid", "grid", 1), 1500);
  poor.add(site::meter("ups", "it.ups", 0, 1), 1000, "2026-02-10", "2026-03-01");
  const auto report = poor.report();
  CHECK(*report.pue.front().value.value == doctest::Approx(1.5));
  CHECK(report.pue.front().grade == kpi::CoverageGrade::insufficient);
}

TEST_CASE("a required meter without any record withholds the figure and is named") {
  auto lacking = site::steady_year();
  lacking.configuration.meters.push_back(site::meter("generator", "generator", 1));
  const auto report = lacking.report();
  REQUIRE(report.pue.front().value.withheld.has_value());
  CHECK(report.pue.front().value.withheld->reason == Reason::no_records);
  CHECK(report.pue.front().value.withheld->subjects == std::vector<std::string>{"generator"});
}

TEST_CASE("a PUE below 1 is printed and flagged") {
  site::Site wrong;
  wrong.add(site::meter("grid", "grid", 1), 900);
  wrong.add(site::meter("ups", "it.ups", 0, 1), 1000);
  const auto report = wrong.report();
  CHECK(*report.pue.front().value.value == doctest::Approx(0.9));
  CHECK(report.pue.front().implausible);
}

TEST_CASE("IT that draws nothing has no PUE") {
  site::Site idle;
  idle.add(site::meter("grid", "grid", 1), 900);
  idle.add(site::meter("ups", "it.ups", 0, 1), 0);
  CHECK(idle.report().pue.front().value.withheld->reason == Reason::zero);
}

TEST_CASE("days and months are those of the zone, 23 and 25 hours long where the clock changes") {
  auto berlin = site::Site{};
  berlin.zone_name = "Europe/Berlin";
  berlin.add(site::meter("grid", "grid", 1), 1500);
  berlin.add(site::meter("ups", "it.ups", 0, 1), 1000);
  const auto report = berlin.report();
  const auto quarters = [](civil::Span span) { return span.length() / civil::k_quarter_hour_ms; };
  CHECK(quarters(report.days[87]) == 92);    // 2026-03-29
  CHECK(quarters(report.days[297]) == 100);  // 2026-10-25
  CHECK(report.months[2].pue.front().it.value() == 1000.0 * (31 * 96 - 4));
  CHECK(report.months[9].pue.front().it.value() == 1000.0 * (31 * 96 + 4));
  CHECK(report.total.value() == 1500.0 * 35'040);
}

TEST_CASE("energy before and after the period is left out, to the quarter-hour") {
  auto month = site::Site{};
  month.zone_name = "Asia/Shanghai";
  month.request = {*parse_date("2026-02-01"), *parse_date("2026-03-01"), View::en};
  month.add(site::meter("grid", "grid", 1), 1500, "2026-01-01", "2026-04-01");
  month.add(site::meter("ups", "it.ups", 0, 1), 1000, "2026-01-01", "2026-04-01");
  const auto report = month.report();
  CHECK(report.total.value() == 1500.0 * 28 * 96);
  CHECK(report.evidence.rows == 2 * 28 * 96);
}

TEST_CASE("registers are the last before the period and the last in it") {
  auto month = site::Site{};
  month.request.to = *parse_date("2026-01-02");
  month.add(site::meter("grid", "grid", 1), 1500);
  auto before = ledger::EnergyRow{.meter = 1,
                                  .start = month.at("2026-01-01") - 2 * site::k_quarter,
                                  .length = site::k_quarter,
                                  .measured = 1500,
                                  .covered = site::k_quarter,
                                  .reading = 5000};
  month.rows.emplace_back(1, before);
  before.start += site::k_quarter;
  before.reading = 6500;
  month.rows.emplace_back(1, before);
  month.rows[0].second.reading = 8000;
  month.rows[95].second.reading = 150'500;
  const auto report = month.report();
  CHECK(*report.meters.front().first_register == 6500);
  CHECK(report.meters.front().first_register_time == month.at("2026-01-01"));
  CHECK(*report.meters.front().last_register == 150'500);
  CHECK(report.meters.front().whole == 96 * 1500);
}

TEST_CASE("the order of records changes nothing") {
  auto site = site::steady_year();
  const auto forwards = site.report();
  std::reverse(site.rows.begin(), site.rows.end());
  const auto backwards = site.report();
  CHECK(*forwards.pue.front().value.value == *backwards.pue.front().value.value);
  CHECK(forwards.duration.total_watts == backwards.duration.total_watts);
}

TEST_CASE("a sub-metered total leaves less open than two totals") {
  site::Site site;
  site.configuration.method = "submetered";
  site.add(site::meter("ups", "it.ups", 1, 1), 1000);
  site.add(site::meter("cooling", "cooling.chiller", 1), 500);
  const auto report = site.report();
  const auto& pue = report.pue.front();
  CHECK(*pue.value.value == doctest::Approx(1.5));
  CHECK(pue.submetered);
  CHECK(*pue.uncertainty.value == doctest::Approx(0.5 * 2 * 0.005 * std::sqrt(2.0 / 3.0)));
}

TEST_CASE("an unknown accuracy class leaves PUE without uncertainty and says whose") {
  auto site = site::steady_year();
  site.configuration.meters[1].accuracy_class.clear();
  const auto report = site.report();
  CHECK(report.pue.front().value.value.has_value());
  CHECK(report.pue.front().uncertainty.withheld->reason == Reason::unknown_class);
  CHECK(report.pue.front().uncertainty.withheld->subjects == std::vector<std::string>{"ups"});
}

TEST_CASE("the load duration begins with the peak and ends with the least") {
  auto site = site::steady_year();
  site.rows.front().second.measured = 9000;  // 10 W in one quarter-hour
  const auto report = site.report();
  REQUIRE(report.duration.total_watts.size() == 101);
  CHECK(report.duration.total_watts.front() == doctest::Approx(10.0));
  CHECK(report.duration.total_watts.back() == doctest::Approx(1500.0 / 900.0));
  CHECK(report.duration.it_watts.front() == doctest::Approx(1000.0 / 900.0));
}

TEST_CASE("a month into which a gap of a register reaches says that its share is not known") {
  site::Site site;
  site.add(site::meter("grid", "grid", 1), 1500, "2026-01-01", "2026-02-20");
  site.steady(1, 1500, "2026-03-20", "2027-01-01");
  site.add(site::meter("ups", "it.ups", 0, 1), 1000);
  const auto from = site.at("2026-02-20");
  const auto length = site.at("2026-03-20") - from;
  site.rows.emplace_back(1, ledger::EnergyRow{.meter = 1,
                                              .start = from,
                                              .length = length,
                                              .measured = 1500 * (length / site::k_quarter),
                                              .covered = length,
                                              .quality = ledger::k_gap_filled});
  const auto report = site.report();
  const std::vector<std::string> grid{"grid"};
  CHECK(report.months[0].pue[0].spread_over_edge.empty());
  CHECK(report.months[1].pue[0].spread_over_edge == grid);
  CHECK(report.months[2].pue[0].spread_over_edge == grid);
  CHECK(report.months[3].pue[0].spread_over_edge.empty());
  CHECK(report.pue[0].spread_over_edge.empty());  // of the year's energy all is known
  CHECK(report.pue[0].coverage == 1.0);
}
