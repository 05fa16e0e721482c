#pragma once

#include <string>
#include <vector>

#include "collectors/profiles/profile.h"

namespace pue::commands {

/// @return one row for each profile: id, vendor, model, category, protocols, points, confidence.
[[nodiscard]] std::string list_as_table(const std::vector<const profiles::Profile*>& library);
[[nodiscard]] std::string list_as_json(const std::vector<const profiles::Profile*>& library);

/// @return everything one profile says: its sources and peculiarities, and each point with its registers.
[[nodiscard]] std::string profile_as_table(const profiles::Profile& profile);
[[nodiscard]] std::string profile_as_json(const profiles::Profile& profile);

}  // namespace pue::commands
