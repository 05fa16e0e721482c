#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "agent/exposition/process_stats.h"
#include "agent/exposition/series.h"

namespace pue::exposition {

/// What the board and the process say at one moment. Figures belong to one tick; points and devices are each read when
/// asked for. For one thread.
class Snapshot {
 public:
  explicit Snapshot(const Sources& sources)
      : sources_(sources), figures_(sources.board.figures()), ledger_(sources.board.ledger_figures()) {}

  /// Reads the figures, the clocks and the process anew.
  void take();
  /// @return the present value; nothing while it is unknown. Not for the two slots that are more than one number.
  [[nodiscard]] std::optional<double> value(const Series& series) const {
    return value(series.slot, series.index, series.factor);
  }
  [[nodiscard]] std::optional<double> value(Slot slot, std::uint32_t index, double factor) const;

 private:
  [[nodiscard]] std::optional<double> figure(std::uint32_t index) const;
  [[nodiscard]] std::optional<double> of_device(Slot slot, const DeviceState& device) const;
  [[nodiscard]] std::optional<double> of_collector(Slot slot, const CollectorStats& stats) const;
  [[nodiscard]] std::optional<double> of_process(Slot slot) const;

  const Sources& sources_;
  std::vector<std::uint64_t> figures_;
  std::vector<std::uint64_t> ledger_;
  ProcessStats process_;
  double wall_minus_boot_ = 0;  ///< Unix seconds at which the boot clock was 0
};

/// The lateness histogram of a collector as the format wants it: cumulative, the last bucket open.
struct Lateness {
  std::array<std::uint64_t, CollectorStats::k_lateness_bounds.size() + 1> cumulative{};
  double sum = 0;
};
[[nodiscard]] Lateness lateness_of(const CollectorStats& stats);

}  // namespace pue::exposition
