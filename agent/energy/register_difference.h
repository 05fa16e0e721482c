#pragma once

#include <optional>

#include "agent/energy/step.h"

namespace pue::energy {

/// Joules from a meter's own energy register: the difference of two readings, whatever the time between them.
///
/// A difference across a gap in communication is measured energy; only its course inside the gap is unknown, so it is
/// not `bridged`. A register that falls, or rises by more than is plausible, begins a new count: what
/// passed since its last reading is unknown.
class RegisterDifference {
 public:
  /// @param max_gap longest time between two readings within which the energy may be divided by time.
  explicit RegisterDifference(Duration max_gap) : max_gap_(max_gap) {}

  /// @return the energy since the previous reading. A reading that is not later than the previous one, or not finite,
  /// adds nothing and is forgotten.
  [[nodiscard]] Step advance(Instant at, Joules reading);

 private:
  struct Reading {
    Instant at;
    Joules total;
  };

  Duration max_gap_;
  std::optional<Reading> previous_;
};

}  // namespace pue::energy
