#pragma once

#include <memory>
#include <string_view>

#include "collectors/profiles/profile.h"

namespace pue::profiles {

inline constexpr std::string_view k_ipmi_bmc_profile = "ipmi-bmc";

/// What every baseboard management controller can be asked for. It has no registers: the IPMI collector finds out which
/// command or sensor serves each point of it.
///
/// `power_active_total` and `air_temperature_inlet` are read of every BMC; inputs of single power supplies and fan
/// speeds where the configuration names them, since each costs a command per poll.
[[nodiscard]] std::shared_ptr<const Profile> ipmi_bmc();

}  // namespace pue::profiles
