#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/report/compute.h"

/// A small facility whose meters draw the same power all the time, so that every sum can be checked by head.
namespace site {

using namespace pue;

inline constexpr std::int64_t k_quarter = civil::k_quarter_hour_ms;

inline ledger::MeterRecord meter(const std::string& name, const std::string& role, int total_sign = 0,
                                 int it_category = 0) {
  ledger::MeterRecord record;
  record.name = name;
  record.role = role;
  record.unit = role == "water" ? "mL" : role.starts_with("weather") ? "degC.s" : "J";
  record.share = "1";
  record.conversion = "1";
  record.accuracy_class = "0.5S";
  record.total_sign = total_sign;
  record.it_category = it_category;
  return record;
}

struct Site {
  std::string zone_name = "UTC";
  report::Request request{*parse_date("2026-01-01"), *parse_date("2027-01-01"), report::View::en};
  config::ReportSettings settings;
  ledger::Configuration configuration;
  std::vector<std::pair<std::int64_t, ledger::EnergyRow>> rows;  ///< ids count from 1 in the order of the meters

  Site() {
    configuration.sha256 = "c0ffee";
    configuration.agent_version = "0.1.0";
    configuration.facility = "small";
    configuration.method = "entrance";
    configuration.grid_factor = "0.0001";
  }

  [[nodiscard]] civil::Zone zone() const { return *civil::Zone::find(zone_name); }
  [[nodiscard]] civil::UnixMs at(const char* date) const { return zone().start_of(*parse_date(date)); }

  /// A meter that counts `joules` in every quarter-hour of [from, to).
  std::int64_t add(ledger::MeterRecord record, std::int64_t joules, const char* from, const char* to) {
    configuration.meters.push_back(std::move(record));
    const auto id = static_cast<std::int64_t>(configuration.meters.size());
    steady(id, joules, from, to);
    return id;
  }
  std::int64_t add(ledger::MeterRecord record, std::int64_t joules) {
    return add(std::move(record), joules, written(request.from).c_str(), written(request.to).c_str());
  }
  void steady(std::int64_t id, std::int64_t joules, const char* from, const char* to) {
    const auto end = at(to);
    for (auto time = at(from); time < end; time += k_quarter) {
      rows.emplace_back(
          id,
          ledger::EnergyRow{.meter = id, .start = time, .length = k_quarter, .measured = joules, .covered = k_quarter});
    }
  }

  [[nodiscard]] report::Report report(std::vector<ledger::Event> events = {}) const {
    report::InForce in_force{.id = 1, .configuration = configuration, .meters = {}};
    for (std::size_t i = 0; i < configuration.meters.size(); ++i) {
      in_force.meters.push_back(static_cast<std::int64_t>(i) + 1);
    }
    report::Computation computation{request, zone(), {in_force}, settings};
    for (const auto& [id, row] : rows) computation.add(row);
    return computation.finish(std::move(events), {}, "0.1.0");
  }
};

/// 1500 J in and 1000 J of IT in each quarter-hour of the year.
inline Site steady_year() {
  Site made;
  made.add(meter("grid", "grid", 1), 1500);
  made.add(meter("ups", "it.ups", 0, 1), 1000);
  return made;
}

}  // namespace site
