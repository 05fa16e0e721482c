#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/units/quantity.h"
#include "agent/units/time.h"

namespace pue::energy {

/// The common grid of instants at which all accounts are compared: bucket k lies between boundary k and boundary k+1.
inline constexpr Duration k_bucket = std::chrono::seconds{10};

/// @return the last boundary not later than `at`.
[[nodiscard]] constexpr std::int64_t boundary_at(Instant at) { return at.time_since_epoch() / k_bucket; }
/// @return when boundary `k` is.
[[nodiscard]] constexpr Instant instant_of(std::int64_t k) { return Instant{k * k_bucket}; }

/// One account's total at the last few boundaries. Readings come at instants of their own; between two of them the
/// total is taken as linear, so that a difference that spans a boundary is divided by time.
class Boundaries {
 public:
  /// @param kept how many boundaries back are remembered, at least 2.
  explicit Boundaries(std::size_t kept) : entries_(kept < 2 ? 2 : kept) {}

  /// The total was `total` at `at`, and `energy` of it came since the previous call's instant. `bridged` false means
  /// that the course since then is unknown: boundaries in between stay unknown.
  void advance(Instant at, Joules energy, bool bridged);

  /// @return the energy between boundary `k` and `k+1`, if both are known.
  [[nodiscard]] std::optional<Joules> bucket(std::int64_t k) const;
  /// @return whether the total at boundary `k` is known.
  [[nodiscard]] bool knows(std::int64_t k) const;

 private:
  struct Entry {
    std::int64_t boundary = INT64_MIN;
    double total = 0.0;  ///< joules since `advance` was first called
  };

  [[nodiscard]] std::size_t slot(std::int64_t k) const { return static_cast<std::size_t>(k) % entries_.size(); }

  std::vector<Entry> entries_;
  std::optional<Instant> last_;
  double total_ = 0.0;
};

}  // namespace pue::energy
