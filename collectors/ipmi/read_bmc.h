#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/pipeline/power_source.h"
#include "collectors/ipmi/bmc_survey.h"

namespace pue::ipmi {

/// One value of a BMC for the eyes of a person.
struct BmcValue {
  std::string name;  ///< of a point, or as the sensor calls itself
  std::optional<double> value;
  SensorUnit unit = SensorUnit::other;
  std::vector<std::uint8_t> raw;  ///< what the sensor sent
  SampleQuality quality = SampleQuality::good;
};

/// Everything a BMC offers, read once.
struct BmcReport {
  PollFailure failure = PollFailure::none;  ///< why it could not be read at all, or to its end
  std::optional<DeviceIdentity> identity;
  PowerSource power_source = PowerSource::unknown;
  bool shared_supply = false;
  std::vector<BmcValue> points;   ///< what the agent would read of it
  std::vector<BmcValue> sensors;  ///< all its sensors that give a number, in the order of their records
};

/// Reads `bmc` to the end, for at most `patience`: sensors that nobody has come to are left out.
[[nodiscard]] Task<BmcReport> read_bmc(Bmc& bmc, Duration patience);

/// @return the unit as people write it, empty for `other`.
[[nodiscard]] std::string_view symbol(SensorUnit unit);

}  // namespace pue::ipmi
