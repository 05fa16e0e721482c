#pragma once

#include <string>

#include "agent/report/report.h"

namespace pue::report {

/// The report's figures as a table, one in a line: section, name, figure, value, unit, why there is none.
[[nodiscard]] std::string as_csv(const Report& report, const civil::Zone& zone);

}  // namespace pue::report
