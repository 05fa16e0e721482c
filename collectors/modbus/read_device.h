#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/pipeline/poll_failure.h"
#include "collectors/modbus/reader.h"
#include "collectors/profiles/profile.h"

namespace pue::modbus {

/// What became of one point of a device that was read once.
enum class PointQuality : std::uint8_t {
  good,
  invalid,      ///< the device answered that it has no value
  unsupported,  ///< the device refuses the register
  timeout,      ///< no usable answer; `failure` says why
};

/// @return "good", "invalid", "unsupported" or "timeout".
[[nodiscard]] std::string_view name_of(PointQuality quality);

struct PointReading {
  const profiles::Point* point = nullptr;  ///< inside the profile that was read
  std::vector<std::uint16_t> words;        ///< as received; empty where nothing was
  std::optional<double> value;             ///< in the point's unit, unless it is a text
  std::string text;                        ///< of a text point
  PointQuality quality = PointQuality::timeout;
  PollFailure failure = PollFailure::none;
};

/// Reads every point of `profile` once, in the fewest requests; a request that is refused is taken apart, so that one
/// bad register costs its own value only. Asks a second time where no answer came. Gives up on a device that is silent
/// to two requests in a row.
/// @return one reading for each point, in the profile's order. `profile` must outlive them.
[[nodiscard]] std::vector<PointReading> read_device(Reader& reader, std::uint8_t unit,
                                                    const profiles::Profile& profile);

}  // namespace pue::modbus
