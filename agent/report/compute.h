#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/civil/zone.h"
#include "agent/ledger/record.h"
#include "agent/report/report.h"

namespace pue::report {

/// A configuration as the ledger holds it, with the ids of its meters in their order.
struct InForce {
  std::int64_t id = 0;
  ledger::Configuration configuration;
  std::vector<std::int64_t> meters;
};

/// Makes a report from the records of a ledger, fed one by one. Pure: the same calls give the same report.
class Computation {
 public:
  /// How long before the period records are wanted too: for the registers at its beginning.
  static constexpr std::int64_t k_lead_ms = 24LL * 3600 * 1000;

  /// @param configurations all of the ledger, in the order of their ids; at least one.
  Computation(const Request& request, const civil::Zone& zone, std::vector<InForce> configurations,
              config::ReportSettings settings);
  ~Computation();
  Computation(const Computation&) = delete;
  Computation& operator=(const Computation&) = delete;

  /// A record that overlaps the period or the day before it, in any order.
  void add(const ledger::EnergyRow& row);

  /// @param events in the period, in the order of the ledger.
  /// @param evidence what is known of the ledger itself; configurations and versions are filled in here.
  [[nodiscard]] Report finish(std::vector<ledger::Event> events, Evidence evidence, std::string agent_version);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace pue::report
