#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "agent/plan/plan.h"

namespace pue::commands {

/// What a bus, or a fleet of BMCs, will carry when every device answers.
struct BusLoad {
  std::string name;
  std::string address;
  std::size_t devices = 0;
  double requests_per_second = 0.0;
  double bytes_per_second = 0.0;  ///< of requests and answers, without TCP's own headers
  /// Serial lines: share of time in which the line is busy, with silences, the device's turnaround and configured
  /// pauses. Above 1 not every point can be read as often as configured.
  std::optional<double> occupancy;
};

/// How long a device takes to begin its answer: between the 5 ms of a good one and the 50 ms of a slow one.
inline constexpr Duration k_assumed_turnaround = std::chrono::milliseconds{20};

/// @return the load of each bus in the plan's order, from the very blocks that the collectors will ask for; a fleet is
/// one entry, where its first BMC stands. Of a BMC each point is counted as one command; where power is a sum of
/// supplies there are as many more, and setting up a session is not counted.
[[nodiscard]] std::vector<BusLoad> poll_plan(const plan::Plan& plan);

}  // namespace pue::commands
