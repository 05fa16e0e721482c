#pragma once

#include <optional>
#include <span>

#include "agent/units/quantity.h"

/// Fields of the EU reporting scheme (Delegated Regulation (EU) 2024/1364) that need more than a sum.
namespace pue::kpi {

struct InstalledPower {
  Watts power;
  Seconds during;
};
/// P_DIT: installed IT power, weighted by time where it changed.
/// @return nothing for no time at all.
[[nodiscard]] constexpr std::optional<Watts> time_weighted_power(std::span<const InstalledPower> spells) {
  Joules sum;
  Seconds time;
  for (const auto& spell : spells) {
    sum += spell.power * spell.during;
    time += spell.during;
  }
  if (!(time > Seconds{})) return std::nullopt;
  return sum / time;
}

/// Cooling degree days of one day, base 21: the excess of its mean temperature over 21 degrees, on days of 24 and more.
[[nodiscard]] constexpr double cooling_degrees(Celsius mean) {
  return mean >= Celsius{24.0} ? mean.value() - 21.0 : 0.0;
}

}  // namespace pue::kpi
