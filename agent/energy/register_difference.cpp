#include "agent/energy/register_difference.h"

#include <cmath>

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
  if (reading < before.total) return {.energy = std::nullopt, .bridged = false, .reset = true};
  return {.energy = reading - before.total, .bridged = at - before.at <= max_gap_, .reset = false};
}

}  // namespace pue::energy
