#pragma once

#include <string>

#include "agent/exposition/sources.h"

/// The JSON faces: /api/v1/status, /api/v1/devices, /api/v1/facility. Unknown is null, energies are joules, times are
/// seconds.
namespace pue::web {

[[nodiscard]] std::string status_json(const exposition::Sources& sources, Instant started);
[[nodiscard]] std::string devices_json(const exposition::Sources& sources);
[[nodiscard]] std::string facility_json(const exposition::Sources& sources);

}  // namespace pue::web
