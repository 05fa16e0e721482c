#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/civil/zone.h"
#include "agent/ledger/record.h"
#include "agent/ledger/slots.h"
#include "agent/plan/ledger_layout.h"

namespace pue::ledger {

/// PUE over months and years while they pass, from the ledger's own records and by the rule of its reports: what the
/// agent publishes of a long window is what a report says of the same time. Belongs to the ledger's thread.
class LongWindows {
 public:
  /// @param now the windows reach back a year and a day from here.
  LongWindows(civil::Zone zone, UnixMs now);

  /// Makes the meters of a configuration known; before their rows. The last one is the present boundary.
  /// @param ids of its meters' records, in its order.
  void add(const Configuration& configuration, std::span<const std::int64_t> ids);
  void add(const EnergyRow& row);
  /// Time passes, whether or not anything is recorded. @return whether the figures have changed by it.
  [[nodiscard]] bool pass(UnixMs now);

  /// @return how far back rows matter.
  [[nodiscard]] UnixMs from() const { return table_.from(); }

  /// Writes the figures of all windows. They end where the records end, or an hour ago where none came since.
  void publish(std::span<std::uint64_t> words) const;

 private:
  [[nodiscard]] UnixMs end() const;
  [[nodiscard]] civil::Span span_of(plan::LongWindow window) const;
  [[nodiscard]] std::optional<double> uncertainty(int category, double pue) const;

  civil::Zone zone_;
  SlotTable table_;
  Configuration present_;
  std::unordered_map<std::int64_t, std::string> names_;  ///< of meters, by their ids
  std::map<std::string, double> energies_;               ///< by meter, of all rows: weights for the uncertainty
  UnixMs recorded_until_ = 0;
  UnixMs due_until_ = 0;  ///< what ends before this is not awaited any longer
};

}  // namespace pue::ledger
