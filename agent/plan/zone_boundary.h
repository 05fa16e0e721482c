#pragma once

#include <cstddef>
#include <vector>

#include "agent/plan/plan.h"

namespace pue::plan {

/// The meters of one zone's partial PUE: its overhead, and its IT energy where it is measured furthest upstream.
struct ZoneBoundary {
  std::vector<MeterId> overhead;
  std::vector<MeterId> it;  ///< empty: the zone has no partial PUE
};

/// @param zone index into `plan.zones`.
[[nodiscard]] ZoneBoundary zone_boundary(const Plan& plan, std::size_t zone);

}  // namespace pue::plan
