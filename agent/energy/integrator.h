#pragma once

#include <optional>

#include "agent/units/quantity.h"
#include "agent/units/time.h"

namespace pue::energy {

/// Joules from readings of power, by the trapezoid rule: E = sum of (P[i] + P[i+1]) / 2 * (t[i+1] - t[i]).
///
/// For a power that bends no more than P'' the error over a time T at a step h is at most T * h^2 / 12 * P''. A gap
/// longer than `max_gap` is not bridged: that time is unknown, not an average.
class Integrator {
 public:
  explicit Integrator(Duration max_gap) : max_gap_(max_gap) {}

  /// @return the energy since the previous reading; nothing for the first, and behind a gap. A reading that is not
  /// later than the previous one, or not finite, adds nothing and is forgotten.
  [[nodiscard]] std::optional<Joules> advance(Instant at, Watts power);

  /// Forgets the previous reading, so that the time until the next is not bridged.
  void interrupt() { previous_.reset(); }

 private:
  struct Reading {
    Instant at;
    Watts power;
  };

  Duration max_gap_;
  std::optional<Reading> previous_;
};

}  // namespace pue::energy
