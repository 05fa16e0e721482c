#include "agent/energy/integrator.h"

#include <cmath>

namespace pue::energy {

std::optional<Joules> Integrator::advance(Instant at, Watts power) {
  if (!std::isfinite(power.value())) return std::nullopt;
  if (!previous_) {
    previous_ = Reading{at, power};
    return std::nullopt;
  }
  if (at <= previous_->at) return std::nullopt;
  const Duration elapsed = at - previous_->at;
  const Watts mean = (previous_->power + power) * 0.5;
  previous_ = Reading{at, power};
  if (elapsed > max_gap_) return std::nullopt;
  return mean * seconds_of(elapsed);
}

}  // namespace pue::energy
