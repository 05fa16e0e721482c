#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/units/date.h"
#include "agent/units/quantity.h"
#include "config/problem.h"

/// What reports need beside the ledger: who owns the site, what was bought, and numbers of rules that no meter gives.
namespace pue::config {

/// Where numbers come from that are printed as configured.
struct Provenance {
  std::string source;
  bool verified = false;  ///< somebody held them against the standard's own text
};

/// Energy that papers stand for: bought renewable energy, or heat reused that no meter of the site sees.
struct Certificate {
  std::string kind;  ///< goo, ppa, gec or reuse
  Joules energy;
  Date from;
  Date to;  ///< the day after the last
  std::string source;
};

struct InstalledItPower {
  Date from;
  Watts power;
};

struct EmissionFactors {
  double diesel = 2.67e6;                 ///< grams per cubic meter
  double gas = 2.03042e3;                 ///< grams per cubic meter
  std::optional<double> generator_fuel;   ///< cubic meters of diesel per joule of output
  std::optional<GramsPerJoule> residual;  ///< of electricity that nothing matches; without: the grid's average
  Provenance from{"IPCC default for diesel; UK DESNZ 2024 for natural gas", false};
};

struct OperatingPoints {
  std::array<double, 5> share{};
  std::array<Watts, 5> total{};
  std::array<Watts, 5> it{};
  Provenance from;
};

struct SourceWeightSettings {
  double electricity = 1.0;
  double gas = 0.31;
  double diesel = 0.30;
  double cold = 0.31;
  Provenance from{"The Green Grid, recommendations of 2010, as commonly quoted", false};
};

struct ReportSettings {
  std::string owner;
  std::string address;
  std::vector<Located<std::string>> waste_heat_upgrade;  ///< meters
  EmissionFactors emission_factors;
  std::vector<Certificate> certificates;
  std::vector<InstalledItPower> installed_it;  ///< in the order of time
  std::optional<OperatingPoints> gb40879;
  SourceWeightSettings source_weights;
  std::vector<std::pair<std::string, std::string>> declared;  ///< fields of a report that nothing measures, by name
};

}  // namespace pue::config
