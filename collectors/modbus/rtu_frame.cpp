#include "collectors/modbus/rtu_frame.h"

namespace pue::modbus {
namespace {

constexpr std::uint8_t k_encapsulated = 0x2B;

/// @return the length of a device identification answer; its objects tell, one after another.
std::optional<std::size_t> identification_length(std::span<const std::uint8_t> start) {
  constexpr std::size_t k_objects_begin = 8;  // unit, function, type, code, conformity, more, next, number
  if (start.size() < k_objects_begin) return std::nullopt;
  std::size_t at = k_objects_begin;
  for (unsigned i = 0; i < start[7]; ++i) {
    if (start.size() < at + 2) return std::nullopt;
    at += std::size_t{2} + start[at + 1];
  }
  return at + 2;
}

}  // namespace

ReplyShape shape_of(const ReadRequest& request) {
  const bool bits = request.function == ReadFunction::coils || request.function == ReadFunction::discrete_inputs;
  const unsigned bytes = bits ? (request.count + 7U) / 8U : 2U * request.count;
  return {.unit = request.unit,
          .function = static_cast<std::uint8_t>(request.function),
          .byte_count = static_cast<std::uint8_t>(bytes)};
}

std::uint16_t crc16(std::span<const std::uint8_t> bytes) {
  std::uint16_t crc = 0xFFFF;
  for (const auto byte : bytes) {
    crc = static_cast<std::uint16_t>(crc ^ byte);
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = (crc & 1U) != 0;
      crc = static_cast<std::uint16_t>(crc >> 1);
      if (carry) crc = static_cast<std::uint16_t>(crc ^ 0xA001U);
    }
  }
  return crc;
}

std::optional<std::size_t> reply_length(std::span<const std::uint8_t> start) {
  if (start.size() < 3) return std::nullopt;
  if ((start[1] & 0x80U) != 0) return 5;
  if (start[1] == k_encapsulated) return identification_length(start);
  if (start[1] >= 1 && start[1] <= 4) return std::size_t{5} + start[2];
  return std::nullopt;
}

std::optional<ReplyShape> reply_at_start_of(std::span<const std::uint8_t> bytes) {
  const auto length = reply_length(bytes);
  if (!length || *length > bytes.size() || *length > k_max_rtu_frame) return std::nullopt;
  const auto body = bytes.first(*length - 2);
  const unsigned told = bytes[*length - 2] | static_cast<unsigned>(bytes[*length - 1]) << 8;
  if (crc16(body) != told) return std::nullopt;
  const bool counted = bytes[1] >= 1 && bytes[1] <= 4;
  return ReplyShape{.unit = bytes[0], .function = bytes[1], .byte_count = counted ? bytes[2] : std::uint8_t{0}};
}

}  // namespace pue::modbus
