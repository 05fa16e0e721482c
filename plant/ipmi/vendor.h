#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "plant/ipmi/sensor.h"

namespace pue::plant::ipmi {

/// How DCMI's power reading behaves.
enum class DcmiPower : std::uint8_t {
  right,
  absent,            ///< the command is unknown (completion code C1)
  zero_inactive,     ///< 0 W and "measurement inactive": there is nothing behind it
  right_inactive,    ///< the right value under the same flag
  unready_at_first,  ///< the first question of all is refused with C0
};

/// One make of BMC. Each is a behaviour that users of other tools have met, not a product.
struct Vendor {
  std::string_view name;
  std::uint32_t manufacturer = 0;  ///< IANA enterprise number
  std::uint16_t product = 0;
  DcmiPower power = DcmiPower::right;
  bool dcmi_temperature = false;
  std::uint8_t most_sdr_bytes = 255;   ///< a longer part of a record is refused with CA
  std::uint16_t answers_after = 0;     ///< milliseconds that each answer takes
  bool device_sdrs = false;            ///< records are the device's own; there is no repository
  std::uint8_t nodes_on_supplies = 1;  ///< servers that the power supplies feed, each drawing as much as this one
  std::vector<Sensor> sensors;
};

/// All makes: "plain", "no-dcmi", "supplies-only", "zero-dcmi", "inactive-dcmi", "late-dcmi", "latin-1", "packed",
/// "small-parts", "non-linear", "slow", "shared-supplies", "device-sdrs".
[[nodiscard]] std::span<const Vendor> vendors();
/// @return the make of that name, or null.
[[nodiscard]] const Vendor* vendor_named(std::string_view name);

}  // namespace pue::plant::ipmi
