#pragma once

#include <string>
#include <tl/expected.hpp>

#include "agent/plan/plan.h"

namespace pue::commands {

/// Reads the configuration and makes its plan with the embedded device library and the site's own; asks devices
/// configured as "sunspec" for their registers. Everything that is wrong, and every warning, goes to standard error as
/// file:line:column: key: message.
/// @return the plan, or the exit code of a configuration error.
[[nodiscard]] tl::expected<plan::Plan, int> load_plan(const std::string& config_file);

}  // namespace pue::commands
