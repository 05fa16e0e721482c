#include "agent/energy/register_difference.h"

#include <cmath>

#include "agent/energy/plausible.h"

namespace pue::energy {

Step RegisterDifference::advance(Instant at, Joules reading) {
  if (!std::isfinite(reading.value())) return {};
  if (!previous_) {
    previous_ = Reading{at, reading};
    return {};
  }
  if (at <= previous_->at) return {};
  const Reading before = *previous_;
  previous_ = Reading{at, reading};
  const Duration elapsed = at - before.at;
  const Joules energy = reading - before.total;
  if (energy < Joules{} || !plausible(energy, elapsed))
    return {.energy = std::nullopt, .bridged = false, .reset = true};
  return {.energy = energy, .bridged = elapsed <= max_gap_, .reset = false};
}

}  // namespace pue::energy
