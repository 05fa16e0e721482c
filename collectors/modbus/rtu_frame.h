#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "collectors/modbus/reader.h"

/// Modbus RTU frames as bytes. Pure, no I/O.
namespace pue::modbus {

inline constexpr std::size_t k_max_rtu_frame = 256;  ///< unit, function, data, two bytes of checksum

/// What an RTU answer shows of the question it belongs to. There is no more: neither address nor number.
struct ReplyShape {
  std::uint8_t unit = 0;
  std::uint8_t function = 0;
  std::uint8_t byte_count = 0;  ///< 0 for answers that have none

  friend bool operator==(const ReplyShape&, const ReplyShape&) = default;
};

/// @return the shape of a good answer to `request`.
[[nodiscard]] ReplyShape shape_of(const ReadRequest& request);
[[nodiscard]] constexpr bool is_exception_reply(ReplyShape shape) { return (shape.function & 0x80U) != 0; }

/// The checksum of a frame, low byte first on the wire.
[[nodiscard]] std::uint16_t crc16(std::span<const std::uint8_t> bytes);

/// @return the bytes an answer has that begins with `start`, or nothing while `start` does not tell. Knows the answers
/// to the questions this code can ask, and exceptions.
[[nodiscard]] std::optional<std::size_t> reply_length(std::span<const std::uint8_t> start);

/// @return the shape of the answer at the very beginning of `bytes`, if there is a whole one with a good checksum.
[[nodiscard]] std::optional<ReplyShape> reply_at_start_of(std::span<const std::uint8_t> bytes);

/// Calls `sink(ReplyShape)` for every whole answer with a good checksum somewhere in `bytes`.
template <class Sink>
void for_each_reply(std::span<const std::uint8_t> bytes, Sink&& sink) {
  while (bytes.size() >= 5) {
    const auto shape = reply_at_start_of(bytes);
    if (shape) sink(*shape);
    bytes = bytes.subspan(shape ? *reply_length(bytes) : 1);
  }
}

}  // namespace pue::modbus
