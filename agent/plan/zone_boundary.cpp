#include "agent/plan/zone_boundary.h"

#include <optional>

namespace pue::plan {

ZoneBoundary zone_boundary(const Plan& plan, std::size_t zone) {
  ZoneBoundary boundary;
  std::optional<Layer> lowest;
  for (const Meter& meter : plan.meters) {
    if (meter.zone != plan.zones[zone]) continue;
    if (side_of(meter.role) == Side::overhead) boundary.overhead.push_back(meter.id);
    const auto layer = layer_of(meter.role);
    if (layer && (!lowest || *layer < *lowest)) lowest = layer;
  }
  if (!lowest) return boundary;
  for (const MeterId meter : plan.it[static_cast<std::size_t>(*lowest)]) {
    if (plan.meters[meter].zone == plan.zones[zone]) boundary.it.push_back(meter);
  }
  return boundary;
}

}  // namespace pue::plan
