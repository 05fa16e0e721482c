#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace pue::ipmi {

/// Who a BMC is and what it can do (IPMI 2.0, 20.1).
struct DeviceIdentity {
  std::uint32_t manufacturer = 0;  ///< IANA enterprise number, 20 bits
  std::uint16_t product = 0;       ///< of the manufacturer's own list
  bool has_device_sdrs = false;    ///< SDRs of its own sensors, beside or instead of a repository
};

/// @param data of the answer to get_device_id().
[[nodiscard]] inline std::optional<DeviceIdentity> parse_device_id(std::span<const std::uint8_t> data) {
  if (data.size() < 11) return std::nullopt;
  DeviceIdentity identity;
  identity.has_device_sdrs = (data[1] & 0x80U) != 0;
  identity.manufacturer = data[6] | static_cast<std::uint32_t>(data[7]) << 8U | (data[8] & 0x0FU) << 16U;
  identity.product = static_cast<std::uint16_t>(data[9] | data[10] << 8U);
  return identity;
}

}  // namespace pue::ipmi
