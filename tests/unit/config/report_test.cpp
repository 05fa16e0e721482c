#include <doctest/doctest.h>

#include "config/load.h"

using namespace pue;
using namespace pue::config;

namespace {

const std::string k_rest =
    "[[meter]]\nname = \"m\"\ndevice = \"d\"\nrole = \"grid\"\n[device.d]\nbus = \"b\"\n"
    "profile = \"p\"\n[bus.b]\nurl = \"tcp://127.0.0.1\"\n";

ReportSettings good(const std::string& text) {
  const auto settings = load_text(text + k_rest, "x.toml");
  REQUIRE(settings.has_value());
  return settings->report;
}

std::string problem(const std::string& text) {
  const auto settings = load_text(text + k_rest, "x.toml");
  REQUIRE_FALSE(settings.has_value());
  return describe(settings.error().front());
}

}  // namespace

TEST_CASE("a report's own tables are read with their units") {
  const auto report = good(R"(
[report]
owner = "Example Ltd"
address = "1 Example Road"
waste_heat_upgrade = ["heat-pump"]
[report.emission_factors]
diesel = "2.60 kg/L"
generator_fuel = "0.27 L/kWh"
residual = "0.6 kg/kWh"
source = "national default"
verified = true
[[report.certificate]]
kind = "goo"
energy = "1200 MWh"
from = "2026-01-01"
to = "2027-01-01"
source = "registry"
[[report.installed_it]]
from = "2026-04-01"
power = "1000 kW"
[[report.installed_it]]
from = "2025-01-01"
power = "800 kW"
[report.gb40879]
share = [0.08, 0.30, 0.28, 0.22, 0.12]
total_power = ["1500 kW", "1400 kW", "1300 kW", "1250 kW", "1240 kW"]
it_power = ["1 MW", "1 MW", "1 MW", "1 MW", "1 MW"]
source = "design"
[report.source_weights]
gas = 0.35
[report.declared]
type = "colocation"
)");
  CHECK(report.owner == "Example Ltd");
  CHECK(report.waste_heat_upgrade.front().value == "heat-pump");
  CHECK(report.emission_factors.diesel == doctest::Approx(2.6e6));
  CHECK(*report.emission_factors.generator_fuel == doctest::Approx(7.5e-11));  // 0.27e-3 m3 / 3.6e6 J
  CHECK(report.emission_factors.from.verified);
  REQUIRE(report.certificates.size() == 1);
  CHECK(report.certificates.front().energy.value() == doctest::Approx(4.32e12));
  REQUIRE(report.installed_it.size() == 2);
  CHECK(report.installed_it.front().power.value() == 800e3);
  CHECK(report.gb40879->total[4].value() == 1240e3);
  CHECK(report.source_weights.gas == 0.35);
  CHECK(report.source_weights.diesel == 0.30);
  CHECK(report.declared.front() == std::pair<std::string, std::string>{"type", "colocation"});
}

TEST_CASE("what is wrong in a report's tables is told with its place") {
  CHECK(problem("[report]\nowned = \"x\"\n") == "x.toml:2:1: report.owned: unknown key, did you mean 'owner'?");
  CHECK(problem("[[report.certificate]]\nkind = \"goo\"\nenergy = \"12\"\nfrom = \"2026-01-01\"\nto = \"2027-01-01\"\n"
                "source = \"s\"\n") ==
        "x.toml:3:10: report.certificate.1.energy: expected an energy with its unit (kWh, MWh, GWh), e.g. "
        "\"1200 MWh\", got \"12\"");
  CHECK(problem("[[report.certificate]]\nkind = \"tree\"\nenergy = \"1 MWh\"\nfrom = \"2026-01-01\"\n"
                "to = \"2027-01-01\"\nsource = \"s\"\n") ==
        "x.toml:2:8: report.certificate.1.kind: expected goo, ppa, gec or reuse, got \"tree\"");
  CHECK(problem("[[report.installed_it]]\nfrom = \"2026-02-30\"\npower = \"1 MW\"\n") ==
        "x.toml:2:8: report.installed_it.1.from: expected a date YYYY-MM-DD from 1970 on, got \"2026-02-30\"");
  CHECK(problem("[report.gb40879]\nshare = [0.5, 0.5]\ntotal_power = []\nit_power = []\n") ==
        "x.toml:2:9: report.gb40879.share: expected a list of five, for the conditions a to e");
}
