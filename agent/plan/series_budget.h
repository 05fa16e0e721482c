#pragma once

#include <cstddef>

#include "agent/plan/plan.h"

namespace pue::plan {

/// How many time series a plan makes in Prometheus, by what they belong to. An upper estimate of what is exposed:
/// every reason of failure counts as if it had happened once per device, every point as if it had a value.
struct SeriesBudget {
  std::size_t facility = 0;
  std::size_t meters = 0;
  std::size_t devices = 0;
  std::size_t points = 0;
  std::size_t agent = 0;

  [[nodiscard]] std::size_t total() const { return facility + meters + devices + points + agent; }
};

/// facility: 8, 12 for each IT category measured, 3 for each zone; each meter: 5; each device: 6 and 3 reasons of
/// failure, and a BMC 1 more for what its power is read from; each point: 1; the agent: 60, and 21 for each collector
/// (I/O threads that have a device or BMC, serial lines).
[[nodiscard]] SeriesBudget series_budget(const Plan& plan);

}  // namespace pue::plan
