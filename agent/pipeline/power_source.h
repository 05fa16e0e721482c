#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pue {

/// What a server's power is read from. It is the `source` label of `pue_device_power_source_info`.
enum class PowerSource : std::uint8_t {
  unknown,        ///< not found out yet, or the device has none
  dcmi,           ///< DCMI Get Power Reading
  system_sensor,  ///< a sensor of the whole system
  psu_sum,        ///< the inputs of all power supplies, summed
};
inline constexpr std::size_t k_power_sources = static_cast<std::size_t>(PowerSource::psu_sum) + 1;

/// @return the label value, lower_snake_case.
[[nodiscard]] constexpr std::string_view name_of(PowerSource source) {
  constexpr std::array<std::string_view, k_power_sources> names{"unknown", "dcmi", "system_sensor", "psu_sum"};
  return names[static_cast<std::size_t>(source)];
}

}  // namespace pue
