#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "agent/pipeline/poll_failure.h"
#include "collectors/modbus/reader.h"
#include "collectors/profiles/profile.h"

/// SunSpec: devices that describe their own registers. After the marker "SunS" lies a chain of models, each with its
/// number and its length; the number says what its registers mean.
namespace pue::modbus {

/// Why a device gave no SunSpec profile.
struct SunspecError {
  /// The device's last failure where it did not answer; none where it did, but not as SunSpec devices do.
  PollFailure failure = PollFailure::none;
  std::string message;
};

/// One model as found on the device.
struct SunspecModel {
  std::uint16_t id = 0;
  std::uint16_t address = 0;  ///< of the id register
  std::uint16_t length = 0;   ///< as the device says it, without id and length
};

/// What a SunSpec device says of itself.
struct SunspecDevice {
  std::uint16_t base = 0;  ///< where the marker lies
  std::string manufacturer;
  std::string model;
  std::string version;
  std::string serial;
  std::vector<SunspecModel> models;  ///< in the device's order
  profiles::Profile profile;         ///< every point of the models we know, at its real address
};

/// The profile name that stands for discovery.
inline constexpr std::string_view k_sunspec_profile = "sunspec";

/// @return where the marker lies on the device, or nothing where it is at none of the known addresses; the failure
/// when the device answers nothing at all.
[[nodiscard]] tl::expected<std::optional<std::uint16_t>, SunspecError> find_sunspec_marker(Reader& reader,
                                                                                           std::uint8_t unit);

/// Walks the chain behind the marker at `base`. A chain that ends badly (a length beyond the last register, an
/// exception where a model should begin, more models than any device has) gives the models before that place.
/// @return the models in the device's order; the failure when the device fell silent.
[[nodiscard]] tl::expected<std::vector<SunspecModel>, SunspecError> walk_sunspec(Reader& reader, std::uint8_t unit,
                                                                                 std::uint16_t base);

/// Finds marker and models and makes a profile of the models the agent knows, with the addresses of this very device;
/// everything else treats it as any profile. Vendor and model come from the common model. Where several models have
/// a point of the same name, those after the first get the suffix _2, _3, ... in the device's order. Scale factors
/// are read with the values each time, since devices change them with the load; one outside -10 to 10 at discovery
/// removes its points, with a word in `quirks`. About twenty requests.
[[nodiscard]] tl::expected<SunspecDevice, SunspecError> discover_sunspec(Reader& reader, std::uint8_t unit);

/// The profile of a SunSpec device that has not been reached yet: all points that the known models may offer, none of
/// which can be read (their `words` is 0). With it a plan can be built and the device's meters exist, without values.
[[nodiscard]] profiles::Profile unreached_sunspec();

}  // namespace pue::modbus
