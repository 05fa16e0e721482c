#pragma once

#include <algorithm>
#include <optional>

#include "agent/kpi/pue.h"
#include "agent/units/quantity.h"

/// The rest of the ISO/IEC 30134 family over a period. Each is absent where its denominator is not above zero.
namespace pue::kpi {

/// DCiE: IT energy over total energy.
[[nodiscard]] constexpr std::optional<double> infrastructure_efficiency(Joules total, Joules it) {
  if (!(total > Joules{})) return std::nullopt;
  return if_finite(it / total);
}

/// REF: renewable energy used over total energy (ISO/IEC 30134-3). More than was used is no use: at most 1.
[[nodiscard]] constexpr std::optional<double> renewable_energy_factor(Joules renewable, Joules total) {
  if (!(total > Joules{})) return std::nullopt;
  const auto ratio = if_finite(renewable / total);
  if (!ratio) return std::nullopt;
  return std::clamp(*ratio, 0.0, 1.0);
}

/// ERF: energy reused outside the data centre over total energy (ISO/IEC 30134-6).
[[nodiscard]] constexpr std::optional<double> energy_reuse_factor(Joules reused, Joules total) {
  if (!(total > Joules{})) return std::nullopt;
  return if_finite(reused / total);
}

/// ERE: what is left of the total after reuse, over IT energy; (1 - ERF) times PUE.
[[nodiscard]] constexpr std::optional<double> energy_reuse_effectiveness(Joules total, Joules reused, Joules it) {
  return power_usage_effectiveness(total - reused, it);
}

/// CER: heat removed over the electricity of the cooling system (ISO/IEC 30134-7).
[[nodiscard]] constexpr std::optional<double> cooling_efficiency_ratio(Joules heat, Joules cooling) {
  if (!(cooling > Joules{})) return std::nullopt;
  return if_finite(heat / cooling);
}

/// WUE: cubic meters of water per joule of IT energy (ISO/IEC 30134-9).
[[nodiscard]] constexpr std::optional<double> water_usage_effectiveness(CubicMeters water, Joules it) {
  if (!(it > Joules{})) return std::nullopt;
  return if_finite(water.value() / it.value());
}
/// The same as people write it, in L/kWh, which is m3/MWh.
[[nodiscard]] constexpr double liters_per_kwh(double cubic_meters_per_joule) {
  return cubic_meters_per_joule * 1e3 * k_joules_per_kwh.value();
}

/// CUE: grams of CO2 per joule of IT energy (ISO/IEC 30134-8).
[[nodiscard]] constexpr std::optional<double> carbon_usage_effectiveness(Grams carbon, Joules it) {
  if (!(it > Joules{})) return std::nullopt;
  return if_finite(carbon.value() / it.value());
}
/// The same in kg/kWh.
[[nodiscard]] constexpr double kilograms_per_kwh(double grams_per_joule) {
  return grams_per_joule * 1e-3 * k_joules_per_kwh.value();
}

/// MLC: energy of cooling, pumps, fans and heat rejection over IT energy (ASHRAE 90.4).
[[nodiscard]] constexpr std::optional<double> mechanical_load_component(Joules cooling, Joules it) {
  if (!(it > Joules{})) return std::nullopt;
  return if_finite(cooling / it);
}

/// ELC: energy lost between the service entrance and the IT equipment over IT energy (ASHRAE 90.4).
[[nodiscard]] constexpr std::optional<double> electrical_loss_component(Joules loss, Joules it) {
  if (!(it > Joules{})) return std::nullopt;
  return if_finite(loss / it);
}

/// The data centre's total as the German EnEfG 11(2) takes it: without what only upgrades waste heat.
[[nodiscard]] constexpr Joules without_waste_heat_upgrade(Joules total, Joules upgrade) { return total - upgrade; }

}  // namespace pue::kpi
