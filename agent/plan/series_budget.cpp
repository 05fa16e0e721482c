#include "agent/plan/series_budget.h"

#include <algorithm>

namespace pue::plan {

SeriesBudget series_budget(const Plan& plan) {
  const auto layers = static_cast<std::size_t>(
      std::count_if(plan.it.begin(), plan.it.end(), [](const auto& it) { return !it.empty(); }));
  const auto lines = static_cast<std::size_t>(std::count_if(plan.buses.begin(), plan.buses.end(), [](const Bus& bus) {
    return std::holds_alternative<SerialLine>(bus.address);
  }));
  const auto threads = std::min<std::size_t>(plan.io_threads, plan.buses.size() - lines);
  return {.facility = 8 + 12 * layers + 3 * plan.zones.size(),
          .meters = 5 * plan.meters.size(),
          .devices = 9 * plan.devices.size(),
          .points = plan.points.size(),
          .agent = 60 + 21 * (lines + threads)};
}

}  // namespace pue::plan
