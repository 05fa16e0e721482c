#pragma once

#include <cmath>
#include <cstdint>

#include "agent/units/quantity.h"

namespace pue::energy {

/// An energy total in whole joules with a carried remainder. Adding a million small amounts loses nothing, and 100 MW
/// for ten years fit (3.2e16 of 9.2e18).
class JouleAccount {
 public:
  /// Adds `energy`, which may be negative. A number that is not finite is not energy and adds nothing.
  void add(Joules energy) {
    if (!std::isfinite(energy.value())) return;
    const double sum = remainder_ + energy.value();
    const double whole = std::floor(sum);
    joules_ += static_cast<std::int64_t>(whole);
    remainder_ = sum - whole;
  }

  /// @return the whole joules; the remainder, from 0 to below 1, is still to come.
  [[nodiscard]] std::int64_t whole() const { return joules_; }
  [[nodiscard]] Joules total() const { return Joules{static_cast<double>(joules_) + remainder_}; }

 private:
  std::int64_t joules_ = 0;
  double remainder_ = 0.0;
};

}  // namespace pue::energy
