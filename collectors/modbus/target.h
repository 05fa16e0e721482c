#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

#include "agent/plan/plan.h"
#include "collectors/modbus/reader.h"
#include "config/url.h"

namespace pue::modbus {

/// What a command's TARGET names: a bus and perhaps a unit on it.
struct Target {
  std::string text;  ///< as given
  std::variant<config::TcpUrl, config::SerialUrl> bus;
  std::optional<std::uint8_t> unit;
};

/// Reads tcp://host[:502][/unit] and rtu:///dev/ttyUSB0[?baud=9600&parity=N&stop=1][/unit].
/// @return what is wrong, for the person who typed it. Unit 0, which every device hears and none answers, and units
/// above 247 on a serial line are refused, as are BMCs.
[[nodiscard]] tl::expected<Target, std::string> parse_target(std::string_view text);

/// @param serial what the device's profile says of its line, for what the target leaves open.
/// @return a reader of the target's bus.
[[nodiscard]] std::unique_ptr<Reader> open(const Target& target, const std::optional<profiles::SerialDefaults>& serial,
                                           Duration timeout);

}  // namespace pue::modbus
