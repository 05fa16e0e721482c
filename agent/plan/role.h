#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/plan/layer.h"

namespace pue::plan {

/// What a meter means to the facility's boundary (docs/configuration.md, "Roles").
enum class Role : std::uint8_t {
  grid,
  generator,
  onsite_solar,
  onsite_wind,
  exported,
  battery,
  fuel_diesel,
  fuel_gas,
  cold_purchased,
  it_ups,
  it_pdu,
  it_rack,
  cooling_chiller,
  cooling_tower,
  cooling_pump,
  cooling_crah,
  power_loss,
  lighting,
  other,
  outside,
  heat_reused,
  heat_rejected,
  water,
  weather_dry_bulb,
  weather_wet_bulb,
  monitor,
};
inline constexpr std::size_t k_roles = static_cast<std::size_t>(Role::monitor) + 1;

/// How a meter enters the facility's total.
enum class Side : std::uint8_t {
  source,    ///< energy that comes in (or, negative, goes out) at the boundary
  it,        ///< energy of the IT equipment
  overhead,  ///< energy of everything else inside the boundary
  outside,   ///< energy that passes the sources but is not the data centre's
  none,      ///< no part of the energy balance: water, weather, heat, monitor
};

/// @return the role written `text` in the configuration, e.g. "cooling.chiller".
[[nodiscard]] std::optional<Role> role_from(std::string_view text);
/// @return the role as the configuration writes it.
[[nodiscard]] std::string_view name_of(Role role);
[[nodiscard]] Side side_of(Role role);
/// @return the layer of an `it.*` role.
[[nodiscard]] std::optional<Layer> layer_of(Role role);
/// @return the `category` label: "grid", "it", "cooling", "power", "lighting", ...
[[nodiscard]] std::string_view category_of(Role role);
/// @return -1 for energy that leaves at the boundary (`export`), else 1.
[[nodiscard]] double sign_of(Role role);
/// @return the point a meter of this role reads when its configuration names none.
[[nodiscard]] std::string_view default_point(Role role);

}  // namespace pue::plan
