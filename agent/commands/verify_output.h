#pragma once

#include <string>

#include "agent/ledger/verify.h"

namespace pue::commands {

[[nodiscard]] std::string verdict_as_text(const std::string& ledger, const ledger::Verdict& verdict);
[[nodiscard]] std::string verdict_as_json(const std::string& ledger, const ledger::Verdict& verdict);

}  // namespace pue::commands
