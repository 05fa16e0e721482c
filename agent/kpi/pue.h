#pragma once

#include <limits>
#include <optional>

#include "agent/units/quantity.h"

/// The PUE family as pure functions: numbers in, numbers out.
namespace pue::kpi {

/// A ratio to almost nothing is undefined like a ratio to nothing.
[[nodiscard]] constexpr std::optional<double> if_finite(double ratio) {
  constexpr double most = std::numeric_limits<double>::max();
  if (!(ratio >= -most && ratio <= most)) return std::nullopt;
  return ratio;
}

/// Power usage effectiveness over a period: total energy over IT energy (ISO/IEC 30134-2). Below 1 is returned as it
/// is: it means a mis-mapped meter, and hiding it would hide that.
/// @return nothing while IT energy is not above zero: the ratio is then undefined, not infinite.
[[nodiscard]] constexpr std::optional<double> power_usage_effectiveness(Joules total, Joules it) {
  if (!(it > Joules{})) return std::nullopt;
  return if_finite(total / it);
}

/// Power over power at one instant: a trend, never a PUE.
/// @return nothing while IT power is not above zero.
[[nodiscard]] constexpr std::optional<double> instant_ratio(Watts total, Watts it) {
  if (!(it > Watts{})) return std::nullopt;
  return if_finite(total / it);
}

/// Partial PUE of a zone: (infrastructure of the zone + IT of the zone) / IT of the zone (ISO/IEC 30134-2, pPUE).
/// @return nothing while the zone's IT energy is not above zero.
[[nodiscard]] constexpr std::optional<double> partial_power_usage_effectiveness(Joules overhead, Joules it) {
  return power_usage_effectiveness(overhead + it, it);
}

/// What a parent meter saw and its children did not, over what it saw.
/// @return nothing while the parent's power is not above zero.
[[nodiscard]] constexpr std::optional<double> balance_residual(Watts parent, Watts children) {
  if (!(parent > Watts{})) return std::nullopt;
  return if_finite((parent - children) / parent);
}

/// Scope 2 emissions, location-based: grid energy of an interval times the zone's average factor
/// (GHG Protocol Scope 2 Guidance, location-based method).
[[nodiscard]] constexpr Grams location_based_emissions(Joules grid_energy, GramsPerJoule factor) {
  return grid_energy * factor;
}

}  // namespace pue::kpi
