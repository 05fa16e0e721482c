#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/ledger/slots.h"
#include "agent/plan/role.h"
#include "agent/report/compute.h"

/// What a report's figures are made of: the ledger's records of a period, summed by meter and by quarter-hour.
namespace pue::report {

/// The sums over meters in each quarter-hour.
namespace sum {
inline constexpr std::size_t k_total = 0;
/// IT energy of category 1, 2 or 3.
[[nodiscard]] constexpr std::size_t it(int category) { return static_cast<std::size_t>(category); }
inline constexpr std::size_t k_upgrade = 4;  ///< of waste heat
[[nodiscard]] constexpr std::size_t of(plan::Role role) { return 5 + static_cast<std::size_t>(role); }
inline constexpr std::size_t k_count = 5 + plan::k_roles;
}  // namespace sum

class Gathered {
 public:
  Gathered(const Request& request, const civil::Zone& zone, std::vector<InForce> configurations,
           const config::ReportSettings& settings);

  void add(const ledger::EnergyRow& row);

  [[nodiscard]] const civil::Span& span() const { return span_; }
  [[nodiscard]] const ledger::SlotTable& table() const { return table_; }
  [[nodiscard]] std::int64_t rows() const { return rows_; }

  /// The configuration whose boundary is printed: the last with records in the period, else the last of all.
  [[nodiscard]] const ledger::Configuration& configuration() const;
  /// Configurations with records in the period, in their order.
  [[nodiscard]] std::vector<const ledger::Configuration*> used() const;

  /// Sums of the period, whether paired or not.
  [[nodiscard]] std::int64_t recorded(std::size_t sum) const { return recorded_[sum]; }
  [[nodiscard]] std::int64_t recorded(plan::Role role) const { return recorded_[sum::of(role)]; }
  /// Volume of a fuel, or heat of purchased cold, before its conversion.
  [[nodiscard]] double unconverted(plan::Role role) const { return unconverted_[static_cast<std::size_t>(role)]; }

  /// @return the meters of the present boundary that the condition takes.
  template <class Takes>
  [[nodiscard]] std::vector<const MeterReport*> meters(Takes takes) const {
    std::vector<const MeterReport*> found;
    for (const auto& meter : configuration().meters) {
      if (takes(meter)) found.push_back(&accounts_[names_.at(meter.name)]);
    }
    return found;
  }
  [[nodiscard]] bool has(plan::Role role) const;

  /// Part of the period in which all meters of a sum are covered in full.
  [[nodiscard]] double coverage(std::size_t sum) const;
  /// @return the meters of a sum that cover less than a part of the period.
  [[nodiscard]] std::vector<std::string> below(std::size_t sum, double part) const;
  /// @return the meters of the total, or of an IT category, with a record of unknown course that reaches over an edge
  /// of the span and is longer than a hundredth of it.
  [[nodiscard]] std::vector<std::string> reaching_over(civil::Span span, int category) const;

  /// Meters in the order of the present configuration, then those of earlier ones with records; coverage filled in.
  [[nodiscard]] std::vector<MeterReport> meter_reports(const std::vector<civil::Span>& days) const;

 private:
  struct Known {
    std::size_t account = 0;
    std::size_t configuration = 0;
    std::size_t place = 0;  ///< in it
    double conversion = 1.0;
    std::optional<plan::Role> role;
    std::vector<ledger::SlotTable::Part> parts;
  };

  /// A record over a gap.
  struct Bridge {
    civil::Span span;
    std::size_t account = 0;
    bool in_total = false;
    int category = 0;
  };

  void add_configuration(std::size_t index, const std::vector<std::string>& upgrade);
  void note_register(MeterReport& account, const ledger::EnergyRow& row) const;

  civil::Span span_;
  std::vector<InForce> configurations_;
  std::vector<bool> used_;
  ledger::SlotTable table_;
  std::vector<MeterReport> accounts_;
  std::map<std::string, std::size_t> names_;
  std::unordered_map<std::int64_t, Known> known_;
  std::vector<Bridge> bridges_;
  std::vector<std::int64_t> recorded_;
  std::vector<double> unconverted_;
  std::int64_t rows_ = 0;
};

}  // namespace pue::report
