#include "collectors/profiles/ipmi_bmc.h"

namespace pue::profiles {
namespace {

constexpr unsigned k_supplies = 4;
constexpr unsigned k_fans = 16;

Point point(std::string name, Unit unit, bool on_request, std::string note) {
  Point point;
  point.name = std::move(name);
  point.words = 0;
  point.unit = unit;
  point.on_request = on_request;
  point.note = std::move(note);
  return point;
}

Profile make() {
  Profile profile;
  profile.id = k_ipmi_bmc_profile;
  profile.vendor = "IPMI 2.0";
  profile.model = "baseboard management controller";
  profile.category = "server";
  profile.protocols = {"ipmi"};
  profile.confidence = 'B';
  profile.sources = {"IPMI 2.0 revision 1.1", "DCMI 1.5 revision 1.0"};
  profile.points.push_back(point("power_active_total", Unit::watt, false,
                                 "DCMI power reading, else a sensor of the whole system, else the sum of the power "
                                 "supplies' inputs"));
  profile.points.push_back(
      point("air_temperature_inlet", Unit::celsius, false, "DCMI inlet temperature, else an inlet sensor"));
  for (unsigned i = 1; i <= k_supplies; ++i) {
    profile.points.push_back(point("psu_" + std::to_string(i) + "_power_input", Unit::watt, true, ""));
  }
  for (unsigned i = 1; i <= k_fans; ++i) {
    profile.points.push_back(point("fan_speed_" + std::to_string(i), Unit::revolutions_per_minute, true, ""));
  }
  return profile;
}

}  // namespace

std::shared_ptr<const Profile> ipmi_bmc() {
  static const auto k_profile = std::make_shared<const Profile>(make());
  return k_profile;
}

}  // namespace pue::profiles
