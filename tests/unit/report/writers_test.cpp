#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "agent/report/charts.h"
#include "agent/report/csv.h"
#include "agent/report/formulas.h"
#include "agent/report/html.h"
#include "agent/report/json.h"
#include "agent/report/svg.h"
#include "agent/report/wording.h"
#include "tests/unit/report/site.h"

using namespace pue;
using namespace pue::report;

namespace {

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// Names as somebody would choose who wants the report to do something.
site::Site hostile() {
  auto site = site::steady_year();
  site.configuration.facility = "</title><script>alert(1)</script>";
  site.configuration.meters[0].name = "<img src=x onerror=alert(2)>";
  site.configuration.meters[1].name = "=1+cmd|' /C calc'!A0";
  site.configuration.meters[1].upstream = "<img src=x onerror=alert(2)>";
  site.configuration.meters[1].serial = "\"><svg onload=alert(3)>";
  site.configuration.standard = "a\xFF\xFE\x01z";
  site.settings.owner = "<b>'&\"";
  return site;
}

const std::vector<ledger::Event> k_events{{1'767'300'000'000, "<i>", "</td>", "{\"x\":\"</code><script>\"}"}};

}  // namespace

TEST_CASE("nothing from the ledger becomes markup") {
  const auto site = hostile();
  for (const auto language : {Language::en, Language::zh}) {
    const auto html = as_html(site.report(k_events), site.zone(), language);
    for (const auto* markup : {"<script", "<img", "onload=alert(3)>\"", "<svg onload", "<b>", "<i>", "\xFF", "\x01"}) {
      CAPTURE(markup);
      CHECK_FALSE(holds(html, markup));
    }
    CHECK(holds(html, "&lt;img src=x onerror=alert(2)&gt;"));
    CHECK(holds(html, "a???z"));
  }
}

TEST_CASE("the page loads nothing and runs nothing") {
  const auto site = site::steady_year();
  const auto html = as_html(site.report(), site.zone(), Language::en);
  for (const auto* outside : {"src=", "href=", "@import", "url(", "<script", "<link", "<iframe"}) {
    CAPTURE(outside);
    CHECK_FALSE(holds(html, outside));
  }
}

TEST_CASE("a cell that a spreadsheet would take for a formula is text") {
  const auto site = hostile();
  const auto csv = as_csv(site.report(), site.zone());
  CHECK_FALSE(holds(csv, ",=1+cmd"));
  CHECK(holds(csv, ",'=1+cmd|' /C calc'!A0,"));
}

TEST_CASE("JSON survives bytes that are no UTF-8 and keeps the contract's names") {
  const auto site = hostile();
  const auto json = nlohmann::json::parse(as_json(site.report(k_events), site.zone()));
  for (const auto* name : {"facility", "period", "view", "standard", "label", "pue", "energy_kwh", "carbon_kg", "cue",
                           "wue", "ref", "erf", "cer", "gb40879", "eed", "meters", "evidence"}) {
    CAPTURE(name);
    CHECK(json.contains(name));
  }
  CHECK(json["pue"][0]["measured_at"] == "ups");
  CHECK(json["pue"][0]["value"].get<double>() == doctest::Approx(1.5));
  CHECK(json["pue"][0]["withheld"].is_null());
  CHECK(json["wue"].is_null());
  CHECK(json["withheld"]["wue"] == "no meter of role water");
  CHECK(json["events"][0]["kind"] == "<i>");
}

TEST_CASE("meters upstream of each other, or of themselves, are drawn and end") {
  auto site = site::steady_year();
  site.configuration.meters[0].upstream = "ups";
  site.configuration.meters[1].upstream = "grid";
  CHECK(holds(as_html(site.report(), site.zone(), Language::en), "boundary of the data centre"));
  site.configuration.meters[0].upstream = "grid";
  CHECK(holds(as_html(site.report(), site.zone(), Language::en), "boundary of the data centre"));
}

TEST_CASE("each flow of energy has its words beside it, inside the drawing and apart from the others") {
  auto site = site::steady_year();
  site.add(site::meter("office", "outside", -1), 90);
  site.add(site::meter("chiller", "cooling.chiller"), 200);
  site.add(site::meter("loss", "power.loss"), 20);
  site.add(site::meter("lighting", "lighting"), 5);
  site.add(site::meter("heat-pump", "other"), 5);
  const auto svg = energy_flow(site.report(), Tongue{Language::en});
  std::smatch size;
  REQUIRE(std::regex_search(svg, size, std::regex(R"x(viewBox="0 0 (\d+) (\d+)")x")));
  const double height = std::stod(size[2]);
  CHECK(holds(svg, ">exported or outside<"));
  CHECK(holds(svg, "kWh, 70.9 %<"));  // 1000 of 1410, as the table of roles has it
  double last = 0.0;
  const std::regex words(R"x(<text x="[\d.]+" y="([\d.]+)" class="(end )?small">)x");
  int count = 0;
  for (std::sregex_iterator found(svg.begin(), svg.end(), words), none; found != none; ++found, ++count) {
    const double y = std::stod((*found)[1]);
    CHECK(y + 12 < height);
    if ((*found)[2].matched) continue;
    CHECK(y - last >= 24);
    last = y;
  }
  CHECK(count == 8);  // the grid; IT, cooling, losses, lighting, other, not sub-metered, outside
}

TEST_CASE("what is read and counted nowhere has no share of the facility's energy") {
  auto site = site::steady_year();
  site.add(site::meter("beside", "monitor"), 3000);
  const auto html = as_html(site.report(), site.zone(), Language::en);
  CHECK(holds(html, "<code>it.ups</code></td><td class=\"n\">10</td><td class=\"n\">66.7 %</td>"));
  CHECK(holds(html, "<code>monitor</code></td><td class=\"n\">29</td><td class=\"n\"></td>"));
}

TEST_CASE("a report on nothing says so in both languages") {
  site::Site empty;
  empty.configuration.meters.push_back(site::meter("grid", "grid", 1));
  CHECK(holds(as_html(empty.report(), empty.zone(), Language::en), "No PUE: the boundary has no IT meter."));
  CHECK(holds(as_html(empty.report(), empty.zone(), Language::zh), "没有 PUE"));
}

TEST_CASE("times in an event's detail are the facility's, other numbers stay") {
  const std::vector<ledger::Event> events{{1'767'300'000'000, "correction", "grid",
                                           "{\"from\":1767225600000,\"to\":1767312000000,\"before\":1767225600000}"}};
  const auto html = as_html(site::steady_year().report(events), site::steady_year().zone(), Language::en);
  CHECK(holds(html, escaped("{\"from\":\"2026-01-01T00:00:00+00:00\",\"to\":\"2026-01-02T00:00:00+00:00\","
                            "\"before\":1767225600000}")));
}

TEST_CASE("a report says with which configuration it was made, and whether the ledger knows it") {
  const auto site = site::steady_year();
  auto report = site.report();
  report.evidence.report_sha256 = "beef";
  CHECK(holds(as_html(report, site.zone(), Language::en), "not recorded in the ledger"));
  CHECK(holds(as_csv(report, site.zone()), "evidence,,report_config_sha256,beef,,"));
  report.evidence.report_is_recorded = true;
  CHECK_FALSE(holds(as_html(report, site.zone(), Language::en), "not recorded in the ledger"));
  CHECK(nlohmann::json::parse(as_json(report, site.zone()))["evidence"]["report_config_recorded"] == true);
}

TEST_CASE("a withheld figure stands with its reason where the figure would") {
  auto lacking = site::steady_year();
  lacking.configuration.meters.push_back(site::meter("generator", "generator", 1));
  CHECK(holds(as_html(lacking.report(), lacking.zone(), Language::en),
              "Withheld: no record in the period of meter generator"));
  CHECK(holds(as_html(lacking.report(), lacking.zone(), Language::zh), "不予给出：计量表 generator 在本期内没有记录"));
}

TEST_CASE("a formula whose source was not seen prints as configured") {
  const auto site = site::steady_year();
  const auto html = as_html(site.report(), site.zone(), Language::en);
  CHECK(holds(html, "as configured, after ASHRAE 90.4"));
  CHECK_FALSE(holds(html, "as configured, after ISO/IEC 30134-2"));
  CHECK_FALSE(formula_of("grade").seen);
}

TEST_CASE("numbers are grouped by three and never a minus zero") {
  CHECK(grouped(1234567.891, 1) == "1,234,567.9");
  CHECK(grouped(-1234.5, 0) == "-1,234");
  CHECK(grouped(999, 0) == "999");
  CHECK(grouped(-0.0001, 2) == "0.00");
  CHECK(percent(0.98765) == "98.77 %");
}

TEST_CASE("axis steps are round") {
  CHECK(round_step(1.0, 5) == doctest::Approx(0.2));
  CHECK(round_step(7.0, 5) == doctest::Approx(2.0));
  CHECK(round_step(0.0, 5) == 1.0);
}

TEST_CASE("words are shortened between characters and by width") {
  CHECK(shortened("utility-a", 20) == "utility-a");
  CHECK(shortened("a-very-long-name-of-a-meter", 10) == "a-very-lo…");
  CHECK(shortened("数据中心电能", 6) == "数据…");
}
