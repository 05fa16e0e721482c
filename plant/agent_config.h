#pragma once

#include <string>

#include "plant/layout.h"
#include "plant/settings.h"

namespace pue::plant {

/// @return the configuration of an agent that reads the plant which would start with these settings.
[[nodiscard]] std::string agent_configuration(const Layout& layout, const Parameters& parameters,
                                              const Settings& settings);

}  // namespace pue::plant
