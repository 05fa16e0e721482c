#include "agent/energy/integrator.h"

#include <cmath>

namespace pue::energy {

Step Integrator::advance(Instant at, Watts power) {
  if (!std::isfinite(power.value())) return {};
  if (!previous_) {
    previous_ = Reading{at, power};
    return {};
  }
  if (at <= previous_->at) return {};
  const Duration elapsed = at - previous_->at;
  const Watts mean = (previous_->power + power) * 0.5;
  previous_ = Reading{at, power};
  if (elapsed > max_gap_) return {};
  return {.energy = mean * seconds_of(elapsed), .bridged = true, .reset = false};
}

}  // namespace pue::energy
