#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "agent/commands/check_report.h"
#include "collectors/modbus/read_device.h"
#include "collectors/modbus/reader.h"

namespace pue::commands {

/// All points of a device, read at one moment.
struct Look {
  std::vector<modbus::PointReading> points;
  Instant at;  ///< about the middle of the reading
};

/// What looks misread in two looks at a device some seconds apart. The second may be empty; then power is not held
/// against the energy register.
///
/// Looked for: silence, points the device refuses or has no value for, phases that do not sum to their total (3 %),
/// power factors, frequencies, voltages, temperatures and ratios that no installation has, and registers that do not
/// count what power times time gives, where the register's resolution allows to tell.
[[nodiscard]] std::vector<Finding> judge(const std::string& device, const Look& first, const Look& second);

using OpenReader = std::function<std::unique_ptr<modbus::Reader>(const plan::Bus& bus, Duration timeout)>;

/// What every bus is opened with outside tests.
[[nodiscard]] std::unique_ptr<modbus::Reader> open_bus(const plan::Bus& bus, Duration timeout);

struct ProbeResult {
  std::size_t good_points = 0;
  std::vector<Finding> findings;  ///< in the order of the plan's devices
};

/// Reads every configured point of a Modbus device, and what it depends on, once, and powers and registers a second
/// time after `apart`. Of BMCs see probe_bmcs.h. Buses are read side by side, the devices of one bus one after the
/// other.
[[nodiscard]] ProbeResult probe(const plan::Plan& plan, Duration apart, const OpenReader& open = open_bus);

}  // namespace pue::commands
