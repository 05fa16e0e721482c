#pragma once

#include "plant/physics/facility.h"
#include "plant/settings.h"

namespace pue::plant {

/// Serves the facility until SIGINT or SIGTERM.
/// @return the exit code.
[[nodiscard]] int run_facility(const Settings& settings, const Parameters& parameters);

}  // namespace pue::plant
