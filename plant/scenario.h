#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "agent/units/quantity.h"
#include "plant/devices/fault.h"
#include "plant/ipmi/bmc_fault.h"

namespace pue::plant {

/// A fault that begins by itself. Some kinds are known to Modbus devices and to BMCs, each in its own way; at least one
/// of the two is there.
struct ScheduledFault {
  std::string device;
  std::optional<FaultKind> kind;
  std::optional<ipmi::BmcFault> bmc_kind;
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
