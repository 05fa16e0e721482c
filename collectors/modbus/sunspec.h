#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "collectors/modbus/reader.h"
#include "collectors/profiles/profile.h"

namespace pue::modbus {

/// A model found on a SunSpec device.
struct SunspecModel {
  std::uint16_t id = 0;
  std::uint16_t address = 0;  ///< of its id register
  std::uint16_t length = 0;   ///< registers after id and length
};

/// What a SunSpec device says of itself.
struct SunspecDevice {
  std::uint16_t base = 0;  ///< where the marker lies
  std::string manufacturer;
  std::string model;
  std::string version;
  std::string serial;
  std::vector<SunspecModel> models;
  profiles::Profile profile;  ///< every point of the models we know, at its real address
};

/// The profile name that stands for discovery.
inline constexpr std::string_view k_sunspec_profile = "sunspec";

/// Looks for the SunSpec marker at the usual places and walks the models behind it: at most 64, each inside the address
/// space. Models that we do not know (collectors/profiles/_sunspec.toml) are passed over; a model shorter than ours
/// gives the points it has. A second model of one kind gives its points with the suffix "_2".
/// @return the device, or why there is none: the reader's failure, or a text for a chain that cannot be right.
[[nodiscard]] tl::expected<SunspecDevice, std::string> discover_sunspec(Reader& reader, std::uint8_t unit);

/// @return the address of the SunSpec marker, if the device has one.
[[nodiscard]] tl::expected<std::uint16_t, PollFailure> find_sunspec_marker(Reader& reader, std::uint8_t unit);

}  // namespace pue::modbus
