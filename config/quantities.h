#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "agent/units/quantity.h"
#include "agent/units/time.h"

/// Values that carry their unit. The error of each says what was expected.
namespace pue::config {

/// "500ms", "1s", "1.5 s", "15m" (or min), "1h", "1d".
[[nodiscard]] tl::expected<Duration, std::string> parse_duration(std::string_view text);
/// @return the shortest way to write it, e.g. "15m".
[[nodiscard]] std::string describe(Duration duration);

/// "950 W", "1200 kW", "1.2 MW".
[[nodiscard]] tl::expected<Watts, std::string> parse_power(std::string_view text);

/// Energy in a volume of fuel: "9.9 kWh/L", "10.5 kWh/m3", "36 MJ/m3".
/// @return joules per cubic meter.
[[nodiscard]] tl::expected<double, std::string> parse_energy_density(std::string_view text);

/// "0.7096 kg/kWh", "710 g/kWh", "0.71 t/MWh".
[[nodiscard]] tl::expected<GramsPerJoule, std::string> parse_emission_factor(std::string_view text);

/// "1200 MWh", "5.5 GWh".
[[nodiscard]] tl::expected<Joules, std::string> parse_energy(std::string_view text);

/// Carbon in a volume of fuel: "2.67 kg/L", "2.03 kg/m3".
/// @return grams per cubic meter.
[[nodiscard]] tl::expected<double, std::string> parse_fuel_factor(std::string_view text);

/// Fuel that a generator burns for its output: "0.27 L/kWh".
/// @return cubic meters per joule.
[[nodiscard]] tl::expected<double, std::string> parse_fuel_rate(std::string_view text);

/// A current transformer's ratio as its plate says it: "400/5" is 80.
[[nodiscard]] tl::expected<double, std::string> parse_ratio(std::string_view text);

}  // namespace pue::config
