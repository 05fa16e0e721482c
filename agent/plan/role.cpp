#include "agent/plan/role.h"

#include <array>

namespace pue::plan {
namespace {

struct Row {
  std::string_view name;
  Side side;
  std::string_view category;
  std::string_view point;
};

constexpr std::string_view k_power = "power_active_total";

// In the order of Role.
constexpr std::array<Row, k_roles> k_rows{{
    {"grid", Side::source, "grid", k_power},
    {"generator", Side::source, "generator", k_power},
    {"onsite.solar", Side::source, "onsite", k_power},
    {"onsite.wind", Side::source, "onsite", k_power},
    {"export", Side::source, "export", k_power},
    {"battery", Side::source, "battery", k_power},
    {"fuel.diesel", Side::source, "fuel", "flow_volume"},
    {"fuel.gas", Side::source, "fuel", "flow_volume"},
    {"cold.purchased", Side::source, "cold", "heat_power"},
    {"it.ups", Side::it, "it", k_power},
    {"it.pdu", Side::it, "it", k_power},
    {"it.rack", Side::it, "it", k_power},
    {"cooling.chiller", Side::overhead, "cooling", k_power},
    {"cooling.tower", Side::overhead, "cooling", k_power},
    {"cooling.pump", Side::overhead, "cooling", k_power},
    {"cooling.crah", Side::overhead, "cooling", k_power},
    {"power.loss", Side::overhead, "power", k_power},
    {"lighting", Side::overhead, "lighting", k_power},
    {"other", Side::overhead, "other", k_power},
    {"outside", Side::outside, "outside", k_power},
    {"heat.reused", Side::none, "heat", "heat_power"},
    {"heat.rejected", Side::none, "heat", "heat_power"},
    {"water", Side::none, "water", "flow_volume"},
    {"weather.dry_bulb", Side::none, "weather", "air_temperature"},
    {"weather.wet_bulb", Side::none, "weather", "air_temperature"},
    {"monitor", Side::none, "monitor", k_power},
}};

const Row& row(Role role) { return k_rows[static_cast<std::size_t>(role)]; }

}  // namespace

std::optional<Role> role_from(std::string_view text) {
  for (std::size_t i = 0; i < k_rows.size(); ++i) {
    if (k_rows[i].name == text) return static_cast<Role>(i);
  }
  return std::nullopt;
}

std::string_view name_of(Role role) { return row(role).name; }
Side side_of(Role role) { return row(role).side; }
std::string_view category_of(Role role) { return row(role).category; }
double sign_of(Role role) { return role == Role::exported ? -1.0 : 1.0; }
std::string_view default_point(Role role) { return row(role).point; }

std::optional<Layer> layer_of(Role role) {
  switch (role) {
    case Role::it_ups:
      return Layer::ups;
    case Role::it_pdu:
      return Layer::pdu;
    case Role::it_rack:
      return Layer::rack;
    default:
      return std::nullopt;
  }
}

}  // namespace pue::plan
