#pragma once

#include "agent/units/quantity.h"

namespace pue::plant {

/// Outdoor air. `humidity` is relative, 0 to 1.
struct Air {
  Celsius dry_bulb{20.0};
  double humidity = 0.5;
};

inline constexpr double k_sea_level_pascal = 101'325.0;

/// The temperature to which water can be cooled by evaporation: saturated air of the same enthalpy, found by bisection.
[[nodiscard]] Celsius wet_bulb(Air air, double pressure_pascal = k_sea_level_pascal);

/// The temperature at which the air's moisture would begin to condense.
[[nodiscard]] Celsius dew_point(Air air);

/// A synthetic year of a dry continental climate (Taiyuan): 10.5 °C in the mean, 14 K of seasons, 5 K of day and night.
/// @param since_new_year of 365 days; later years repeat it.
[[nodiscard]] Air weather_at(Seconds since_new_year);

/// How the IT load moves around its mean through a day: 8 % up and down, lowest at 02:00.
[[nodiscard]] double it_load_factor(Seconds since_new_year);

}  // namespace pue::plant
