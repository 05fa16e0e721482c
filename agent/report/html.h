#pragma once

#include <string>

#include "agent/report/report.h"

namespace pue::report {

/// The report as one HTML file that needs nothing else: style and drawings inside, no script, no address.
[[nodiscard]] std::string as_html(const Report& report, const civil::Zone& zone, Language language);

}  // namespace pue::report
