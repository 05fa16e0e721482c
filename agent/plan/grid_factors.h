#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/plan/plan.h"
#include "config/settings.h"

namespace pue::plan {

/// The average emission factor of a grid zone: that of the user's own table where it has the zone, else the latest
/// year of the embedded one. Zones are "CN" (the nation), "CN-SX" (a province, ISO 3166-2) or "CN-north" (one of the
/// seven regional grids). A province without a factor takes its region's, a region without one the nation's; both are
/// marked as estimated and their source names what stands in.
/// @return nothing for a zone that neither table knows.
[[nodiscard]] std::optional<GridFactor> find_grid_factor(const std::string& zone,
                                                         const std::vector<config::GridFactorSettings>& own);

/// @return all zones of the embedded table.
[[nodiscard]] std::vector<std::string> known_grid_zones();

}  // namespace pue::plan
