#pragma once

#include <string>
#include <vector>

#include "agent/commands/check_poll_plan.h"
#include "agent/plan/plan.h"
#include "agent/plan/series_budget.h"

namespace pue::commands {

/// Something the probe saw that looks misread.
struct Finding {
  std::string device;
  std::string point;    ///< empty: the device as a whole
  std::string message;  ///< what was seen
  std::string hint;     ///< what usually makes it so
};

/// What `check` has to say about a good configuration.
struct CheckReport {
  const plan::Plan& plan;
  std::vector<BusLoad> buses;
  plan::SeriesBudget series;
  bool probed = false;
  std::size_t probed_points = 0;  ///< that gave a value
  std::vector<Finding> findings;
};

/// @return the report on one screen for people.
[[nodiscard]] std::string as_text(const CheckReport& report);
/// @return the report as JSON; its keys are stable (docs/configuration.md, "check").
[[nodiscard]] std::string as_json(const CheckReport& report);
/// @return the problems of a configuration that cannot be used, as the same JSON document's "problems".
[[nodiscard]] std::string as_json(const std::vector<config::Problem>& problems);

}  // namespace pue::commands
