#include <doctest/doctest.h>

#include "agent/kpi/ratios.h"
#include "tests/unit/report/site.h"

using namespace pue;
using namespace pue::report;

namespace {

doctest::Approx about(double value) { return doctest::Approx(value).epsilon(1e-9); }

site::Site viewed(View view) {
  site::Site made;
  made.request.view = view;
  return made;
}

config::Certificate certificate(const char* kind, double joules, const char* from, const char* to) {
  return {kind, Joules{joules}, *parse_date(from), *parse_date(to), "registry"};
}

constexpr double k_quarters = 35'040;

}  // namespace

TEST_CASE("Germany leaves the heat pump out, the others do not") {  // V5, scaled
  for (const auto& [view, expected] : {std::pair{View::en, 1.5}, std::pair{View::de, 1.425}}) {
    auto site = viewed(view);
    site.add(site::meter("grid", "grid", 1), 12'000);
    site.add(site::meter("ups", "it.ups", 0, 1), 8000);
    site.add(site::meter("heat-pump", "other"), 600);
    site.settings.waste_heat_upgrade = {{"heat-pump", {1, 1}}};
    CHECK(*site.report().pue.front().value.value == about(expected));
  }
}

TEST_CASE("China counts electricity only") {
  auto site = viewed(View::cn);
  site.add(site::meter("grid", "grid", 1), 1200);
  site.add(site::meter("diesel", "fuel.diesel", 1), 200);
  site.add(site::meter("cold", "cold.purchased", 1), 100);
  site.add(site::meter("ups", "it.ups", 0, 1), 1000);
  const auto report = site.report();
  CHECK(*report.pue.front().value.value == about(1.2));
  CHECK(*report.gb40879.rm2.value == about(1.2));
  CHECK(*report.gb40879.grade == 1);
  CHECK(report.total.value() == about(1500 * k_quarters));
}

TEST_CASE("The Green Grid weights fuel, and cold as the heat that it is") {
  auto site = viewed(View::tgg);
  site.add(site::meter("grid", "grid", 1), 1000);
  site.add(site::meter("gas", "fuel.gas", 1), 100);
  auto cold = site::meter("cold", "cold.purchased", 1);
  cold.conversion = "0.25";  // 60 J of electricity stand for 240 J of cold
  site.add(cold, 60);
  site.add(site::meter("ups", "it.ups", 0, 1), 1000);
  // (1000 + 0.31 * 100 + 0.31 * 240) / 1000
  CHECK(*site.report().pue.front().value.value == about(1.1054));
}

TEST_CASE("carbon of what passes outside meters is not the data centre's") {
  auto site = site::steady_year();
  site.add(site::meter("roof", "onsite.solar", 1), 500);
  site.add(site::meter("office", "outside", -1), 400);
  const auto report = site.report();
  // 400 of all that flows in; the grid brought the rest of that beside 500 from the roof
  const double grid = *report.carbon.scope2_location.value / (0.0001 * k_quarters);
  const double brought = site.report().total.value() / k_quarters + 400 - 500;
  CHECK(grid == about(brought * (1.0 - 400.0 / (brought + 500.0))));
  CHECK(*report.carbon.cue.value == about(0.0001 * grid / (report.it[0].value() / k_quarters)));
}

TEST_CASE("carbon is grid energy by its factor, fuel by volume") {
  site::Site site;
  site.add(site::meter("grid", "grid", 1), 1000);
  auto diesel = site::meter("diesel", "fuel.diesel", 1);
  diesel.conversion = "35640000000";  // 9.9 kWh/L
  site.add(diesel, 35'640);           // a milliliter in each quarter-hour
  site.add(site::meter("ups", "it.ups", 0, 1), 800);
  const auto report = site.report();
  CHECK(report.carbon.diesel_cubic_meters == about(1e-6 * k_quarters));
  CHECK(*report.carbon.scope1.value == about(2.67 * k_quarters));
  CHECK(*report.carbon.scope2_location.value == about(0.1 * k_quarters));
  CHECK(*report.carbon.cue.value == about(2.77 / 800));
}

TEST_CASE("a sum over less than nine tenths of the period is withheld, not printed as the period's") {
  site::Site site;
  site.request.view = View::eu;
  site.add(site::meter("grid", "grid", 1), 1000, "2026-01-01", "2026-10-01");
  site.add(site::meter("solar", "onsite.solar", 1), 100);
  site.add(site::meter("ups", "it.ups", 0, 1), 800);
  site.add(site::meter("water", "water"), 5, "2026-01-01", "2026-12-20");
  site.add(site::meter("heat", "heat.reused"), 0, "2026-01-01", "2026-01-01");
  const auto report = site.report();
  for (const auto* figure :
       {&report.eu.total, &report.carbon.scope2_location, &report.carbon.scope2_market, &report.ref}) {
    REQUIRE_FALSE(figure->value.has_value());
    CHECK(figure->withheld->reason == Reason::coverage);
    CHECK(figure->withheld->subjects == std::vector<std::string>{"grid"});
    CHECK(figure->withheld->number == about(273.0 / 365.0));
  }
  CHECK_FALSE(report.eu.reuse.value.has_value());
  CHECK(report.carbon.scope1.value == 0.0);  // nothing burns there
  CHECK(*report.eu.it.value == about(800 * k_quarters));
  CHECK(*report.eu.water.value == about(353 * 96 * 5e-6));
  CHECK(report.total_coverage == about(273.0 / 365.0));
  CHECK(report.it_coverage[0] == about(1.0));
}

TEST_CASE("certificates match energy down to nothing and only in their period") {
  site::Site site;
  site.add(site::meter("grid", "grid", 1), 1000);
  site.add(site::meter("ups", "it.ups", 0, 1), 800);
  site.settings.certificates = {certificate("goo", 400 * k_quarters, "2026-01-01", "2027-01-01"),
                                certificate("ppa", 400 * k_quarters, "2025-07-01", "2026-07-01")};
  auto report = site.report();
  CHECK(*report.ref.value == about(0.4));
  CHECK(*report.carbon.scope2_market.value == about(0.06 * k_quarters));
  site.settings.certificates.front().energy = Joules{5000 * k_quarters};
  report = site.report();
  CHECK(*report.ref.value == 1.0);
  CHECK(*report.carbon.scope2_market.value == 0.0);
}

TEST_CASE("a generator of which only the output is metered needs a rate for its fuel") {
  site::Site site;
  site.add(site::meter("grid", "grid", 1), 1000);
  site.add(site::meter("generator", "generator", 1), 3600);
  site.add(site::meter("ups", "it.ups", 0, 1), 800);
  CHECK(site.report().carbon.scope1.withheld->reason == Reason::not_configured);
  site.settings.emission_factors.generator_fuel = 0.27e-3 / 3.6e6;
  // V19: 720.9 kg for 1000 kWh
  CHECK(*site.report().carbon.scope1.value == about(720.9e3 * 3600 * k_quarters / 3.6e9));
}

TEST_CASE("heat, water and cooling are paired with what they are divided by") {
  site::Site site;
  site.add(site::meter("grid", "grid", 1), 1500);
  site.add(site::meter("ups", "it.ups", 0, 1), 1000);
  site.add(site::meter("reuse", "heat.reused"), 300, "2026-01-01", "2026-07-01");
  site.add(site::meter("heat", "heat.rejected"), 960);
  site.add(site::meter("chiller", "cooling.chiller"), 120);
  site.add(site::meter("pump", "cooling.pump"), 40);
  site.add(site::meter("losses", "power.loss"), 50);
  site.add(site::meter("water", "water"), 2000);
  const auto report = site.report();
  CHECK(*report.erf.value == about(0.2));  // over the half-year in which reuse is known
  CHECK(*report.ere.value == about(1.2));
  CHECK(*report.cer.value == about(6.0));
  CHECK(*report.mlc.value == about(0.16));
  CHECK(*report.elc.value == about(0.05));
  CHECK(*report.wue.value == about(2e-3 / 1000));
  CHECK(*report.eu.water.value == about(2e-3 * k_quarters));
}

TEST_CASE("what nobody measures is withheld and says which role is missing") {
  const auto report = site::steady_year().report();
  CHECK(report.wue.withheld->subjects == std::vector<std::string>{"water"});
  CHECK(report.erf.withheld->subjects == std::vector<std::string>{"heat.reused"});
  CHECK(report.cer.withheld->subjects == std::vector<std::string>{"cooling.chiller"});
  CHECK(report.eu.cooling_degree_days.withheld->subjects == std::vector<std::string>{"weather.dry_bulb"});
}

TEST_CASE("exported energy is no renewable energy of the site") {
  site::Site site;
  site.add(site::meter("grid", "grid", 1), 900);
  site.add(site::meter("pv", "onsite.solar", 1), 300);
  site.add(site::meter("export", "export", -1), 200);
  site.add(site::meter("ups", "it.ups", 0, 1), 800);
  const auto report = site.report();
  CHECK(report.total.value() == about(1000 * k_quarters));
  CHECK(*report.ref.value == about(0.1));
  CHECK(report.eu.on_site.value() == about(100 * k_quarters));
}

TEST_CASE("installed IT power is weighted over the period") {  // V-EU1
  auto site = site::steady_year();
  site.settings.installed_it = {{*parse_date("2025-01-01"), Watts{800e3}}, {*parse_date("2026-04-01"), Watts{1e6}}};
  CHECK(*site.report().eu.installed_it.value == doctest::Approx(950.684931507e3).epsilon(1e-9));
}

TEST_CASE("cooling degree days come from each civil day's mean") {
  auto site = site::Site{};
  site.zone_name = "Europe/Berlin";
  site.request = {*parse_date("2026-07-01"), *parse_date("2026-07-04"), View::eu};
  site.add(site::meter("grid", "grid", 1), 1500);
  const auto air = site.add(site::meter("roof", "weather.dry_bulb"), 0, "2026-07-01", "2026-07-01");
  site.steady(air, 22 * 900, "2026-07-01", "2026-07-02");
  site.steady(air, 24 * 900, "2026-07-02", "2026-07-03");
  site.steady(air, 30 * 900, "2026-07-03", "2026-07-04");
  CHECK(*site.report().eu.cooling_degree_days.value == about(0 + 3 + 9));  // V-EU2
}

TEST_CASE("RM1 comes from the configured points and grades while there is no year") {  // V6
  auto site = viewed(View::cn);
  site.request.to = *parse_date("2026-02-01");
  site.add(site::meter("grid", "grid", 1), 1500);
  site.add(site::meter("ups", "it.ups", 0, 1), 1000);
  config::OperatingPoints points;
  points.share = {0.08, 0.30, 0.28, 0.22, 0.12};
  points.total = {Watts{1500e3}, Watts{1400e3}, Watts{1300e3}, Watts{1250e3}, Watts{1240e3}};
  points.it.fill(Watts{1e6});
  site.settings.gb40879 = points;
  const auto report = site.report();
  CHECK(*report.gb40879.rm1.value == about(1.3278));
  CHECK(report.gb40879.graded_by_rm1);
  CHECK(*report.gb40879.grade == 3);
}
