#pragma once

#include <cmath>
#include <cstdint>

#include "agent/units/quantity.h"

namespace pue::energy {

/// An energy total in whole joules with a carried remainder. Adding a million small amounts loses nothing, and 100 MW
/// for ten years fit (3.2e16 of 9.2e18).
class JouleAccount {
 public:
  /// Adds `energy`, which may be negative. A number that is not finite, or that would leave the
  /// account's range, is not energy and adds nothing.
  void add(Joules energy) {
    const double sum = remainder_ + energy.value();
    const double whole = std::floor(sum);
    if (!(std::abs(static_cast<double>(joules_) + whole) < k_range)) return;
    joules_ += static_cast<std::int64_t>(whole);
    remainder_ = sum - whole;
  }

  /// @return the whole joules; the remainder, from 0 to below 1, is still to come.
  [[nodiscard]] std::int64_t whole() const { return joules_; }
  [[nodiscard]] Joules total() const { return Joules{static_cast<double>(joules_) + remainder_}; }

 private:
  static constexpr double k_range = 9e18;  ///< a little less than int64_t has

  std::int64_t joules_ = 0;
  double remainder_ = 0.0;
};

}  // namespace pue::energy
