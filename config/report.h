#pragma once

#include "config/report_settings.h"
#include "config/section.h"

namespace pue::config {

/// Reads [report] and the tables in it (docs/configuration.md).
void read_report(Section section, ReportSettings& report, Findings& findings);

}  // namespace pue::config
