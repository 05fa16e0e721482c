#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "collectors/modbus/rtu_late_guard.h"

namespace pue::collectors {

/// What collectors that have been stopped know and their successors need: the hardware is the same.
struct Heritage {
  /// Answers that are still on their way, by serial port and unit. Of a port that is not here nobody knows: who polled
  /// it before, perhaps this program before its restart, may have left some.
  std::map<std::string, std::map<std::uint8_t, modbus::LateGuard>> owed;
};

}  // namespace pue::collectors
