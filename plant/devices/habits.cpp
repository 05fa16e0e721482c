#include "plant/devices/habits.h"

#include <array>
#include <cmath>
#include <string_view>

namespace pue::plant {
namespace {

using profiles::RegisterType;

/// Meters whose display has fewer digits than their register.
struct Display {
  std::string_view profile;
  double modulus;  ///< raw
};
constexpr std::array k_displays{
    Display{"carlogavazzi-em24-e1", 1e9},  // 99,999,999.9 kWh
    Display{"siemens-pac3200", 1e12},      // 999,999,999,999 Wh
    Display{"eastron-sdm120", 1e6},        // 999,999.99 kWh
    Display{"eastron-sdm630", 1e7},        // 9,999,999.99 kWh
};

double range_of(RegisterType type) {
  switch (type) {
    case RegisterType::u16:
      return std::ldexp(1.0, 16);
    case RegisterType::u32:
      return std::ldexp(1.0, 32);
    case RegisterType::s32:
      return std::ldexp(1.0, 31);
    default:
      return 0.0;
  }
}

}  // namespace

double modulus_of(const profiles::Profile& profile, const profiles::Point& point) {
  if (point.kind != profiles::PointKind::counter) return 0.0;
  for (const auto& display : k_displays) {
    if (display.profile == profile.id) return display.modulus;
  }
  return range_of(point.type);
}

bool refuses_split_values(const profiles::Profile& profile) {
  return profile.id == "siemens-pac3200" || profile.id == "eastron-sdm630" || profile.id == "eastron-sdm120";
}

}  // namespace pue::plant
