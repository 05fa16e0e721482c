#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "collectors/profiles/profile.h"

namespace pue::plant {

/// The registers of one value, as they stand on the wire.
using Words = std::array<std::uint16_t, 4>;

/// Turns an SI value into registers the way a device of that profile does: quantised to the register's step, held to
/// its range, in its word order. Written from the profile alone and not from the agent's decoder, so that the two check
/// each other.
/// @param modulus raw value after which a counter starts again at 0; 0: it stops at the register's range.
/// @return the first `point.words` words.
[[nodiscard]] Words encode(const profiles::Point& point, double value, double modulus = 0.0);

/// Characters, two to a register, with NUL behind them.
/// @return the `point.words` words.
[[nodiscard]] std::vector<std::uint16_t> encode_text(const profiles::Point& point, std::string_view text);

/// What the device shows where it has no value: the profile's invalid pattern, else zero.
[[nodiscard]] Words encode_absent(const profiles::Point& point);

}  // namespace pue::plant
