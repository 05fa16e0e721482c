#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "agent/units/quantity.h"
#include "agent/units/time.h"

/// Answers of the Data Center Manageability Interface (DCMI 1.5). `data` is always what follows the completion code.
namespace pue::ipmi {

/// @return whether the platform offers power management (6.1.1, parameter 1); nothing if it is no such answer.
[[nodiscard]] std::optional<bool> parse_dcmi_power_capability(std::span<const std::uint8_t> data);

/// Get Power Reading, system power statistics (6.6.1). Least, most and average cover a period of the BMC's own, often
/// its lifetime.
struct DcmiPower {
  Watts current;
  Watts least;
  Watts most;
  Watts average;
  Duration period{};
  bool active = false;  ///< the BMC says that it measures

  /// Some BMCs (OpenBMC) measure and say that they do not; others give 0 W for "not measured". A machine that is off
  /// may well take 0 W.
  [[nodiscard]] bool is_measured() const { return active || current > Watts{0}; }
};
[[nodiscard]] std::optional<DcmiPower> parse_dcmi_power(std::span<const std::uint8_t> data);

/// Get Temperature Readings (6.7.3) of one entity.
struct DcmiTemperatures {
  static constexpr std::size_t k_most = 8;

  std::uint8_t instances = 0;  ///< that the BMC has; one answer carries up to k_most
  std::uint8_t count = 0;      ///< in this answer
  std::array<Celsius, k_most> values{};

  /// @return the warmest: where a machine has several inlet sensors, the worst of the air it gets.
  [[nodiscard]] std::optional<Celsius> warmest() const;
};
[[nodiscard]] std::optional<DcmiTemperatures> parse_dcmi_temperatures(std::span<const std::uint8_t> data);

}  // namespace pue::ipmi
