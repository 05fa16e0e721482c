#pragma once

#include <string>
#include <tl/expected.hpp>

#include "agent/plan/plan.h"
#include "config/settings.h"

namespace pue::commands {

/// @return where a configuration keeps its ledger and the key that signs it, or a message if it names no ledger.
[[nodiscard]] tl::expected<plan::Ledger, std::string> ledger_files(const config::Settings& settings);

}  // namespace pue::commands
