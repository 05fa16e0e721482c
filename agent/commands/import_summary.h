#pragma once

#include <string>
#include <vector>

#include "agent/history/intake.h"
#include "agent/ledger/record.h"
#include "agent/plan/plan.h"

namespace pue::commands {

/// What an import brings, for a person: its files, and energy or volume by meter and kind.
[[nodiscard]] std::string summary_of(const plan::Plan& plan, const std::vector<history::Intake::File>& files,
                                     const std::vector<history::Intake::Meter>& meters);

/// The event that a file leaves in the ledger: what it was, by hash, and who brought it.
[[nodiscard]] ledger::Event event_of(const history::Intake::File& file, bool estimated, ledger::UnixMs now);

}  // namespace pue::commands
