#pragma once

#include <cmath>
#include <cstdint>

#include "agent/units/quantity.h"

namespace pue::energy {

/// An energy total in whole joules with a carried remainder. Adding a million small amounts loses nothing, and 100 MW
/// for ten years fit (3.2e16 of 9.2e18).
class JouleAccount {
 public:
  JouleAccount() = default;
  /// Goes on from what `whole()` and `rest()` of an earlier account said.
  JouleAccount(std::int64_t whole, double rest) : joules_(whole), remainder_(rest) {}

  /// Adds `energy`, which may be negative. A number that is not finite, or that would leave the
  /// account's range, is not energy and adds nothing.
  void add(Joules energy) {
    const double sum = remainder_ + energy.value();
    const double whole = std::floor(sum + k_grain);
    if (!(std::abs(static_cast<double>(joules_) + whole) < k_range)) return;
    joules_ += static_cast<std::int64_t>(whole);
    remainder_ = sum - whole;
  }

  /// @return the whole joules; the rest, from 0 (less one grain) to below 1, is still to come.
  [[nodiscard]] std::int64_t whole() const { return joules_; }
  [[nodiscard]] double rest() const { return remainder_; }
  [[nodiscard]] Joules total() const { return Joules{static_cast<double>(joules_) + remainder_}; }

 private:
  static constexpr double k_range = 9e18;  ///< a little less than int64_t has
  /// Halves of a joule that were divided by time and come together again are a whole one, whatever their last bits.
  static constexpr double k_grain = 1e-6;

  std::int64_t joules_ = 0;
  double remainder_ = 0.0;
};

}  // namespace pue::energy
