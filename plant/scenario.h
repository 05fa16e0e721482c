#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "agent/units/quantity.h"
#include "plant/devices/fault.h"

namespace pue::plant {

/// A fault that begins by itself.
struct ScheduledFault {
  std::string device;
  FaultKind kind = FaultKind::silence;
  Seconds at;  ///< real seconds since the plant's start
  Seconds duration;
  double value = 0.0;
};

/// Reads a scenario: [[fault]] tables with device, kind, at, for and value (docs/plant.md, "Faults").
/// @return the faults in order of their beginning, or what is wrong with its place.
[[nodiscard]] tl::expected<std::vector<ScheduledFault>, std::string> read_scenario(std::string_view text,
                                                                                   const std::string& file);
[[nodiscard]] tl::expected<std::vector<ScheduledFault>, std::string> load_scenario(const std::filesystem::path& file);

}  // namespace pue::plant
