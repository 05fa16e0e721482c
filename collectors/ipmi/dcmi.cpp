#include "collectors/ipmi/dcmi.h"

#include <algorithm>

namespace pue::ipmi {
namespace {

constexpr std::uint8_t k_group = 0xDC;

using Bytes = std::span<const std::uint8_t>;

bool is_dcmi(Bytes data, std::size_t least) { return data.size() >= least && data[0] == k_group; }

std::uint32_t word(Bytes data, std::size_t at) { return data[at] | static_cast<std::uint32_t>(data[at + 1]) << 8U; }

Watts watts(Bytes data, std::size_t at) { return Watts{static_cast<double>(word(data, at))}; }

}  // namespace

std::optional<bool> parse_dcmi_power_capability(Bytes data) {
  // group, version (2), revision of the parameter, then the parameter itself: its second byte has the power bit
  if (!is_dcmi(data, 6)) return std::nullopt;
  return (data[5] & 0x01U) != 0;
}

std::optional<DcmiPower> parse_dcmi_power(Bytes data) {
  if (!is_dcmi(data, 18)) return std::nullopt;
  DcmiPower power;
  power.current = watts(data, 1);
  power.least = watts(data, 3);
  power.most = watts(data, 5);
  power.average = watts(data, 7);
  power.period = std::chrono::milliseconds{word(data, 13) | word(data, 15) << 16U};
  power.active = (data[17] & 0x40U) != 0;
  return power;
}

std::optional<DcmiTemperatures> parse_dcmi_temperatures(Bytes data) {
  if (!is_dcmi(data, 3)) return std::nullopt;
  DcmiTemperatures temperatures;
  temperatures.instances = data[1];
  if (data[2] > DcmiTemperatures::k_most || data.size() < 3U + 2U * data[2]) return std::nullopt;
  temperatures.count = data[2];
  for (std::size_t i = 0; i < temperatures.count; ++i) {
    const auto byte = data[3 + 2 * i];
    const double magnitude = byte & 0x7FU;
    temperatures.values[i] = Celsius{(byte & 0x80U) != 0 ? -magnitude : magnitude};
  }
  return temperatures;
}

std::optional<Celsius> DcmiTemperatures::warmest() const {
  if (count == 0) return std::nullopt;
  return *std::max_element(values.begin(), values.begin() + count);
}

}  // namespace pue::ipmi
