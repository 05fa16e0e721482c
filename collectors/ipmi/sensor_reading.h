#pragma once

#include <cstdint>
#include <optional>
#include <tl/expected.hpp>

#include "collectors/ipmi/bmc.h"

namespace pue::ipmi {

/// Why a sensor that was asked has no value.
enum class NoReading : std::uint8_t {
  unavailable,   ///< the BMC says so: the part is absent or has no power
  not_scanning,  ///< the sensor is switched off
  busy,          ///< the BMC has no time now
  absent,        ///< there is no such sensor
  forbidden,     ///< not for this user
  malformed,     ///< an answer of no sense
};

/// What a sensor holds (IPMI 2.0, 35.14).
struct RawReading {
  std::uint8_t value = 0;
  std::uint16_t states = 0;  ///< of a discrete sensor, one bit each
};

/// @param answer to get_sensor_reading().
[[nodiscard]] tl::expected<RawReading, NoReading> parse_sensor_reading(const Answer& answer);

}  // namespace pue::ipmi
