#pragma once

#include <string>

#include "agent/report/report.h"
#include "agent/report/wording.h"

/// The drawings of a report, each an SVG element; empty where there is nothing to draw. They are to be read in black
/// and white.
namespace pue::report {

/// PUE of each month with its uncertainty, over the month's coverage.
[[nodiscard]] std::string pue_by_month(const Report& report, const civil::Zone& zone, Tongue say);
/// Where the energy came from and where it went.
[[nodiscard]] std::string energy_flow(const Report& report, Tongue say);
/// For how much of the time which power was needed.
[[nodiscard]] std::string load_duration(const Report& report, Tongue say);
/// Which meter covered which day.
[[nodiscard]] std::string coverage_strip(const Report& report, const civil::Zone& zone, Tongue say);
/// The single-line diagram with its meters.
[[nodiscard]] std::string boundary_diagram(const Report& report, Tongue say);

}  // namespace pue::report
