#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "agent/pipeline/sample.h"
#include "collectors/profiles/profile.h"

namespace pue::modbus {

/// What one point's registers say.
struct Reading {
  double value = 0.0;  ///< in the point's unit; meaningless unless `quality` is good
  std::uint64_t raw =
      0;  ///< the registers as one number in the value's own byte order; the digits' count for bcd, mod10
  SampleQuality quality = SampleQuality::invalid;
};

/// Decodes the registers of one point: byte order, invalid patterns (before any conversion), type, encoding, scale and
/// offset. Exponents and products from other points are applied by whoever has those points' readings.
/// @param words exactly `point.words` registers, or one word of 0 or 1 for a coil.
/// @return a reading whose quality is invalid for an invalid pattern, NaN, infinity, digits that are no digits, any
/// other number of words, and text, which has no number. Flags and states keep their number: scale and offset are for
/// quantities.
[[nodiscard]] Reading decode(const profiles::Point& point, std::span<const std::uint16_t> words);

/// The characters of a text point up to the first NUL, without the spaces around them, as printable UTF-8; two to a
/// register, or one in the lower half of each where the upper half of the first is NUL. Of the
/// point's order only the exchange of bytes counts: no device turns words about in a text.
[[nodiscard]] std::string decode_text(const profiles::Point& point, std::span<const std::uint16_t> words);

/// value * 10^(sign * (exponent - bias)).
/// @return invalid when the exponent reading is, is no whole number, or moves the point by more than 12 places.
[[nodiscard]] Reading with_exponent(Reading value, const profiles::ExponentFrom& from, const Reading& exponent);

/// The product of two readings; invalid when either is.
[[nodiscard]] Reading with_product(Reading value, const Reading& factor);

}  // namespace pue::modbus
