#include "agent/plan/account_unit.h"

#include <algorithm>
#include <array>

namespace pue::plan {

AccountUnit account_unit(const Plan& plan, const Meter& meter) {
  switch (meter.role) {
    case Role::water:
      return AccountUnit::milliliter;
    case Role::weather_dry_bulb:
    case Role::weather_wet_bulb:
      return AccountUnit::degree_second;
    case Role::monitor:
      break;
    default:
      return AccountUnit::joule;
  }
  const bool power = std::ranges::all_of(meter.power, [&](PointId point) {
    const auto* source = plan.points[point].source;
    return source == nullptr || source->unit == profiles::Unit::watt;
  });
  return power ? AccountUnit::joule : AccountUnit::none;
}

std::string_view name_of(AccountUnit unit) {
  constexpr std::array<std::string_view, 4> names{"", "J", "mL", "degC.s"};
  return names[static_cast<std::size_t>(unit)];
}

double scale_of(AccountUnit unit) { return unit == AccountUnit::milliliter ? 1e6 : 1.0; }

}  // namespace pue::plan
