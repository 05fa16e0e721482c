#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/units/quantity.h"

namespace pue::energy {

/// Two energies over the same valid intervals of a rolling window: numerator and denominator of a ratio, and what part
/// of the window they cover. A bucket in which either is unknown counts for neither.
///
/// Sums are kept in whole millijoules, so that adding and taking away for years leaves no residue; 100 MW for a day
/// are 8.6e15 of 9.2e18.
class RollingWindow {
 public:
  struct Bucket {
    Joules numerator;
    Joules denominator;
    Joules integrated;  ///< the part of both that was integrated from power
  };

  /// @param buckets length of the window.
  explicit RollingWindow(std::size_t buckets) : ring_(buckets) {}

  /// Closes the next bucket; nothing means that it is not covered. So is one that no site could have (26 GW of a
  /// day's window).
  void close(const std::optional<Bucket>& bucket);

  /// @return covered buckets over all of the window, from 0 to 1; the time before the first bucket is not covered.
  [[nodiscard]] double coverage() const;
  /// @return the integrated part of all energy; nothing while there is none.
  [[nodiscard]] std::optional<double> integrated_share() const;
  /// Sums over the covered buckets; their ratio is kpi's business.
  [[nodiscard]] Joules numerator() const { return Joules{static_cast<double>(numerator_) * 1e-3}; }
  [[nodiscard]] Joules denominator() const { return Joules{static_cast<double>(denominator_) * 1e-3}; }

 private:
  struct Kept {
    std::int64_t numerator = 0;
    std::int64_t denominator = 0;
    std::int64_t integrated = 0;
    bool covered = false;
  };

  /// Whether a whole window of such buckets stays within the range of the sums, and of the sum of two of them.
  [[nodiscard]] bool fits(const Bucket& bucket) const;

  std::vector<Kept> ring_;
  std::size_t next_ = 0;
  std::size_t covered_ = 0;
  std::int64_t numerator_ = 0;  ///< millijoules
  std::int64_t denominator_ = 0;
  std::int64_t integrated_ = 0;
};

}  // namespace pue::energy
