#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "agent/plan/plan.h"
#include "config/settings.h"

namespace pue::plan {

/// Finds a profile by name or path. The error is a message for the person who wrote the name.
using ProfileSource = std::function<tl::expected<std::shared_ptr<const profiles::Profile>, std::string>(
    const std::string& name, bool allow_draft)>;

/// Turns settings into a plan: resolves every name, fills in every default, checks the parts against each other.
/// @return the plan, or everything that is wrong; a problem between two places names both.
[[nodiscard]] tl::expected<Plan, std::vector<config::Problem>> build(const config::Settings& settings,
                                                                     const ProfileSource& find_profile);

}  // namespace pue::plan
