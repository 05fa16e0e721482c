#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "agent/pipeline/ledger_message.h"
#include "agent/plan/layer.h"
#include "agent/plan/plan.h"

namespace pue::plan {

/// The windows that the ledger's records are summed over.
enum class LongWindow : std::uint8_t { days_30, days_365, month, year };
inline constexpr std::array k_long_windows{LongWindow::days_30, LongWindow::days_365, LongWindow::month,
                                           LongWindow::year};

/// @return the `window` label. Month and year are the civil ones under way in the facility's zone.
[[nodiscard]] constexpr std::string_view name_of(LongWindow window) {
  constexpr std::array<std::string_view, 4> names{"30d", "365d", "month", "year"};
  return names[static_cast<std::size_t>(window)];
}

/// Where each figure lies in the board's block of what the ledger says. Its thread writes through it, the faces read;
/// everything in the block belongs to one commit.
class LedgerLayout {
 public:
  explicit LedgerLayout(const Plan& plan) : size_(plan.ledger.kept() ? meter_base() + plan.meters.size() * 3 : 0) {}

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] static constexpr std::size_t healthy() { return 0; }          ///< 1 while commits succeed
  [[nodiscard]] static constexpr std::size_t commit_time() { return 1; }      ///< Unix seconds of the last commit
  [[nodiscard]] static constexpr std::size_t commits() { return 2; }          ///< since start
  [[nodiscard]] static constexpr std::size_t commit_errors() { return 3; }    ///< since start
  [[nodiscard]] static constexpr std::size_t waiting() { return 4; }          ///< records not yet durable
  [[nodiscard]] static constexpr std::size_t batches() { return 5; }          ///< size of the tree
  [[nodiscard]] static constexpr std::size_t root() { return 6; }             ///< first 52 bits of its root
  [[nodiscard]] static constexpr std::size_t checkpointed() { return 7; }     ///< batches under the last checkpoint
  [[nodiscard]] static constexpr std::size_t checkpoint_time() { return 8; }  ///< Unix seconds

  [[nodiscard]] static constexpr std::size_t sum(FacilitySum sum) {
    return 16 + static_cast<std::size_t>(sum);
  }  ///< J, g
  [[nodiscard]] static constexpr std::size_t ratio(Layer layer, LongWindow window) { return at(layer, window) + 0; }
  [[nodiscard]] static constexpr std::size_t coverage(Layer layer, LongWindow window) { return at(layer, window) + 1; }
  /// Share of the window's energy that is substituted.
  [[nodiscard]] static constexpr std::size_t estimated(Layer layer, LongWindow window) { return at(layer, window) + 2; }
  [[nodiscard]] static constexpr std::size_t integrated(Layer layer, LongWindow window) {
    return at(layer, window) + 3;
  }
  /// Expanded relative uncertainty (k = 2) of the ratio.
  [[nodiscard]] static constexpr std::size_t uncertainty(Layer layer, LongWindow window) {
    return at(layer, window) + 4;
  }

  [[nodiscard]] static constexpr std::size_t meter_energy(MeterId meter) {
    return meter_base() + std::size_t{meter} * 3;
  }  ///< J
  [[nodiscard]] static constexpr std::size_t meter_resets(MeterId meter) {
    return meter_base() + std::size_t{meter} * 3 + 1;
  }
  [[nodiscard]] static constexpr std::size_t meter_rollovers(MeterId meter) {
    return meter_base() + std::size_t{meter} * 3 + 2;
  }

 private:
  static constexpr std::size_t k_of_window = 8;
  [[nodiscard]] static constexpr std::size_t at(Layer layer, LongWindow window) {
    return 32 +
           (static_cast<std::size_t>(layer) * k_long_windows.size() + static_cast<std::size_t>(window)) * k_of_window;
  }
  [[nodiscard]] static constexpr std::size_t meter_base() { return 32 + 3 * k_long_windows.size() * k_of_window; }

  std::size_t size_;
};

}  // namespace pue::plan
