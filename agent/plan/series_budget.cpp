#include "agent/plan/series_budget.h"

#include <algorithm>
#include <variant>

namespace pue::plan {

SeriesBudget series_budget(const Plan& plan) {
  const auto layers = static_cast<std::size_t>(
      std::count_if(plan.it.begin(), plan.it.end(), [](const auto& it) { return !it.empty(); }));
  std::size_t lines = 0;
  std::size_t tcp = 0;
  std::size_t bmcs = 0;
  for (const auto& bus : plan.buses) {
    if (std::holds_alternative<SerialLine>(bus.address)) {
      ++lines;
    } else if (std::holds_alternative<TcpAddress>(bus.address)) {
      ++tcp;
    } else {
      ++bmcs;
    }
  }
  const auto threads = std::min<std::size_t>(plan.io_threads, tcp) + std::min<std::size_t>(plan.io_threads, bmcs);
  const auto placed = static_cast<std::size_t>(std::count_if(
      plan.devices.begin(), plan.devices.end(), [](const Device& device) { return device.placement.has_value(); }));
  const std::size_t ledger = plan.ledger.kept() ? 1 : 0;
  return {.facility = 8 + (12 + 20 * ledger) * layers + 3 * plan.zones.size(),
          .meters = (5 + 2 * ledger) * plan.meters.size(),
          .devices = 9 * plan.devices.size() + bmcs + placed,
          .points = plan.points.size(),
          .agent = 60 + 9 * ledger + 21 * (lines + threads)};
}

}  // namespace pue::plan
