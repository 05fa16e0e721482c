#pragma once

#include <string>

#include "agent/report/report.h"

namespace pue::report {

/// The report as JSON (docs/report.md), indented, ended by a line feed.
[[nodiscard]] std::string as_json(const Report& report, const civil::Zone& zone);

}  // namespace pue::report
