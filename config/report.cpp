#include "config/report.h"

#include <algorithm>
#include <cmath>

namespace pue::config {
namespace {

/// Reads a text, and what `parse` makes of it.
template <class Value, class Parse>
bool parsed(Section& section, std::string_view key, Value& target, Parse parse) {
  Located<std::string> text;
  section.text(key, text, 64);
  if (!text.given()) return false;
  const auto value = parse(text.value);
  if (!value) {
    section.report(text.at, key, value.error());
    return false;
  }
  target = *value;
  return true;
}

tl::expected<Date, std::string> date_of(std::string_view text) {
  if (const auto date = parse_date(text)) return *date;
  return tl::unexpected("expected a date YYYY-MM-DD from 1970 on, got \"" + std::string(text) + "\"");
}

void require(Section& section, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    if (section.node(key) == nullptr) section.report(section.place(), key, "missing");
  }
}

void read_provenance(Section& section, Provenance& from) {
  section.text("source", from.source);
  section.flag("verified", from.verified);
}

/// The tables of a list [[report.KEY]].
template <class Read>
void each(Section& section, std::string_view key, Findings& findings, Read read) {
  const auto* node = section.node(key);
  if (node == nullptr) return;
  const auto* list = node->as_array();
  if (list == nullptr) {
    return section.report(place_of(node->source()), key, "expected [[report." + std::string(key) + "]], once for each");
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto* table = (*list)[i].as_table();
    if (table == nullptr) {
      section.report(place_of((*list)[i].source()), key, "expected [[report." + std::string(key) + "]] tables");
      continue;
    }
    read(Section(*table, section.path_of(key) + "." + std::to_string(i + 1), findings));
  }
}

void read_certificate(Section section, std::vector<Certificate>& target) {
  Certificate made;
  Located<std::string> kind;
  section.text("kind", kind, 16);
  if (kind.given() && kind.value != "goo" && kind.value != "ppa" && kind.value != "gec" && kind.value != "reuse") {
    section.report(kind.at, "kind", "expected goo, ppa, gec or reuse, got \"" + kind.value + "\"");
  }
  made.kind = kind.value;
  const bool energy = parsed(section, "energy", made.energy, parse_energy);
  const bool from = parsed(section, "from", made.from, date_of);
  const bool to = parsed(section, "to", made.to, date_of);
  section.text("source", made.source);
  section.refuse_unknown_keys();
  require(section, {"kind", "energy", "from", "to", "source"});
  if (energy && made.energy < Joules{}) section.report(section.place(), "energy", "expected 0 or more");
  if (from && to && made.from >= made.to) section.report(section.place(), "to", "expected a day after `from`");
  if (energy && from && to) target.push_back(std::move(made));
}

void read_installed_it(Section section, std::vector<InstalledItPower>& target) {
  InstalledItPower made;
  const bool from = parsed(section, "from", made.from, date_of);
  const bool power = parsed(section, "power", made.power, parse_power);
  section.refuse_unknown_keys();
  require(section, {"from", "power"});
  if (power && !(made.power > Watts{})) section.report(section.place(), "power", "expected more than 0 W");
  if (from && power) target.push_back(made);
}

void read_emission_factors(Section section, EmissionFactors& factors) {
  parsed(section, "diesel", factors.diesel, parse_fuel_factor);
  parsed(section, "gas", factors.gas, parse_fuel_factor);
  parsed(section, "generator_fuel", factors.generator_fuel, parse_fuel_rate);
  parsed(section, "residual", factors.residual, parse_emission_factor);
  read_provenance(section, factors.from);
  section.refuse_unknown_keys();
}

/// Five values, given as a list of five.
template <class Value, class Take>
void five(Section& section, std::string_view key, std::array<Value, 5>& target, Take take) {
  const auto* node = section.node(key);
  if (node == nullptr) return section.report(section.place(), key, "missing");
  const auto* list = node->as_array();
  if (list == nullptr || list->size() != 5) {
    return section.report(place_of(node->source()), key, "expected a list of five, for the conditions a to e");
  }
  for (std::size_t i = 0; i < 5; ++i) {
    const std::string problem = take((*list)[i], target[i]);
    if (!problem.empty()) section.report(place_of((*list)[i].source()), key, problem);
  }
}

void read_operating_points(Section section, std::optional<OperatingPoints>& target) {
  OperatingPoints points;
  five(section, "share", points.share, [](const toml::node& node, double& share) -> std::string {
    const auto value = node.value<double>();
    if (!value || !(*value >= 0.0 && *value <= 1.0)) return "expected a number of 0 to 1";
    share = *value;
    return {};
  });
  const auto power = [](const toml::node& node, Watts& watts) -> std::string {
    if (!node.is_string()) return "expected a power in quotes with its unit, e.g. \"1500 kW\"";
    const auto value = parse_power(node.as_string()->get());
    if (!value) return value.error();
    if (!(*value > Watts{})) return "expected more than 0 W";
    watts = *value;
    return {};
  };
  five(section, "total_power", points.total, power);
  five(section, "it_power", points.it, power);
  double sum = 0.0;
  for (const double share : points.share) sum += share;
  if (const auto* node = section.node("share"); node != nullptr && std::abs(sum - 1.0) > 1e-6) {
    section.report(place_of(node->source()), "share", "expected shares that add up to 1");
  }
  read_provenance(section, points.from);
  section.refuse_unknown_keys();
  target = std::move(points);
}

void read_source_weights(Section section, SourceWeightSettings& weights) {
  const auto weight = [&](std::string_view key, double& target) {
    Located<double> value;
    section.number(key, value, 0.0, 10.0);
    if (value.given()) target = value.value;
  };
  weight("electricity", weights.electricity);
  weight("gas", weights.gas);
  weight("diesel", weights.diesel);
  weight("cold", weights.cold);
  read_provenance(section, weights.from);
  section.refuse_unknown_keys();
}

void read_declared(const toml::table& table, Section section, ReportSettings& report) {
  for (const auto& [key, value] : table) {
    const std::string name(key.str());
    if (auto why = why_no_id(name)) {
      section.report(place_of(key.source()), name, *why);
      continue;
    }
    std::string text;
    section.text(name, text);
    if (!text.empty()) report.declared.emplace_back(name, std::move(text));
  }
}

}  // namespace

void read_report(Section section, ReportSettings& report, Findings& findings) {
  const auto within = [&](std::string_view key, auto read) {
    if (const auto* table = section.table(key)) read(*table, Section(*table, section.path_of(key), findings));
  };
  section.text("owner", report.owner);
  section.text("address", report.address);
  section.texts("waste_heat_upgrade", report.waste_heat_upgrade);
  within("emission_factors",
         [&](const auto&, Section inner) { read_emission_factors(std::move(inner), report.emission_factors); });
  within("gb40879", [&](const auto&, Section inner) { read_operating_points(std::move(inner), report.gb40879); });
  within("source_weights",
         [&](const auto&, Section inner) { read_source_weights(std::move(inner), report.source_weights); });
  within("declared", [&](const auto& table, Section inner) { read_declared(table, std::move(inner), report); });
  each(section, "certificate", findings,
       [&](Section inner) { read_certificate(std::move(inner), report.certificates); });
  each(section, "installed_it", findings,
       [&](Section inner) { read_installed_it(std::move(inner), report.installed_it); });
  std::stable_sort(report.installed_it.begin(), report.installed_it.end(),
                   [](const auto& a, const auto& b) { return a.from < b.from; });
  section.refuse_unknown_keys();
}

}  // namespace pue::config
