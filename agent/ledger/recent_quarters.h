#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "agent/ledger/error.h"
#include "agent/ledger/reader.h"
#include "agent/pipeline/ledger_message.h"
#include "agent/plan/plan.h"

namespace pue::ledger {

/// @return the last day's quarter-hours before `now` that are recorded, in their order: the energies of the plan's
/// windows, by the rule of the long windows and reports. Meters count as they did when they were recorded; those of a
/// zone only while they belonged to it.
[[nodiscard]] tl::expected<std::vector<LedgerQuarter>, Error> recent_quarters(Reader& reader, const plan::Plan& plan,
                                                                              UnixMs now);

}  // namespace pue::ledger
