#include "agent/plan/grid_factors.h"

#include <charconv>
#include <map>
#include <stdexcept>

#include "config/data/grid_factors.h"
#include "config/toml/parse.h"

namespace pue::plan {
namespace {

constexpr double k_grams_per_joule_of_kg_per_kwh = 1000.0 / 3.6e6;

struct Yearly {
  int year = 0;
  double kg_per_kwh = 0.0;
};

/// @return the latest of { y2021 = ..., y2022 = ... }.
std::optional<Yearly> latest(const toml::table& years) {
  std::optional<Yearly> best;
  for (const auto& [key, value] : years) {
    const auto name = key.str();
    const auto factor = value.value<double>();
    int year = 0;
    if (!factor || !name.starts_with('y')) continue;
    std::from_chars(name.data() + 1, name.data() + name.size(), year);
    if (!best || year > best->year) best = Yearly{year, *factor};
  }
  return best;
}

/// The embedded table, read once.
struct Table {
  std::optional<Yearly> nation;
  std::map<std::string, Yearly> regions;
  std::map<std::string, Yearly> provinces;
  std::map<std::string, std::string> region_of;  ///< province to region
  std::map<std::string, std::string> source;

  Table() {
    const auto parsed = safe_toml::parse(config::embedded_grid_factors());
    if (!parsed) throw std::logic_error("embedded grid factors: " + parsed.error().message);
    const auto& root = *parsed;
    nation = latest(*root["national"].as_table());
    for (const auto& [year, values] : *root["region"].as_table()) {
      int number = 0;
      std::from_chars(year.str().data() + 1, year.str().data() + year.str().size(), number);
      for (const auto& [region, value] : *values.as_table()) {
        auto& best = regions[std::string(region.str())];
        if (number > best.year) best = {number, value.value<double>().value()};
      }
    }
    for (const auto& [province, years] : *root["province"].as_table()) {
      if (const auto best = latest(*years.as_table())) provinces[std::string(province.str())] = *best;
    }
    for (const auto& [region, members] : *root["regions"].as_table()) {
      for (const auto& member : *members.as_array()) {
        region_of[member.value<std::string>().value()] = std::string(region.str());
      }
    }
    for (const auto& [kind, text] : *root["source"].as_table()) {
      source[std::string(kind.str())] = text.value<std::string>().value();
    }
  }
};

const Table& table() {
  static const Table embedded;
  return embedded;
}

GridFactor make(const std::string& zone, Yearly value, std::string source, bool estimated) {
  return {.grams_per_joule = value.kg_per_kwh * k_grams_per_joule_of_kg_per_kwh,
          .zone = zone,
          .year = value.year,
          .source = std::move(source),
          .estimated = estimated};
}

}  // namespace

std::optional<GridFactor> find_grid_factor(const std::string& zone,
                                           const std::vector<config::GridFactorSettings>& own) {
  for (const auto& row : own) {
    if (row.zone == zone) return GridFactor{row.factor.value(), zone, row.year, row.source, false};
  }
  const auto& embedded = table();
  const auto source = [&](const char* kind) { return embedded.source.at(kind); };
  if (zone == "CN" && embedded.nation) return make(zone, *embedded.nation, source("national"), false);
  if (const auto found = embedded.provinces.find(zone); found != embedded.provinces.end()) {
    return make(zone, found->second, source("province"), false);
  }
  const auto member = embedded.region_of.find(zone);
  const bool province = member != embedded.region_of.end();
  const auto region = province ? member->second : zone.starts_with("CN-") ? zone.substr(3) : std::string{};
  if (const auto found = embedded.regions.find(region); found != embedded.regions.end()) {
    return make(zone, found->second, source("region") + (province ? ": " + region + " stands in for " + zone : ""),
                province);
  }
  if (province && embedded.nation) {
    return make(zone, *embedded.nation, source("national") + ": stands in for " + zone, true);
  }
  return std::nullopt;
}

std::vector<std::string> known_grid_zones() {
  std::vector<std::string> zones{"CN"};
  for (const auto& [province, region] : table().region_of) zones.push_back(province);
  for (const auto& [region, value] : table().regions) zones.push_back("CN-" + region);
  return zones;
}

}  // namespace pue::plan
