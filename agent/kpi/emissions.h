#pragma once

#include <algorithm>

#include "agent/units/quantity.h"

/// Emissions of a period by the GHG Protocol's scopes. Location-based scope 2 is in pue.h.
namespace pue::kpi {

/// Scope 1: fuel burned on the site.
/// @param grams_per_cubic_meter of the fuel; 2.67 kg/L of diesel are 2.67e6.
[[nodiscard]] constexpr Grams fuel_emissions(CubicMeters fuel, double grams_per_cubic_meter) {
  return Grams{fuel.value() * grams_per_cubic_meter};
}

/// Fuel of a generator of which only the output is metered.
[[nodiscard]] constexpr CubicMeters fuel_of(Joules output, double cubic_meters_per_joule) {
  return CubicMeters{output.value() * cubic_meters_per_joule};
}

/// Scope 2, market-based: grid energy beyond what certificates and contracts match, at the residual factor. What is
/// matched beyond the grid energy is not credited.
[[nodiscard]] constexpr Grams market_based_emissions(Joules grid, Joules matched, GramsPerJoule residual) {
  return std::max(grid - matched, Joules{}) * residual;
}

}  // namespace pue::kpi
