#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "collectors/modbus/rtu_frame.h"

namespace {

using namespace pue::modbus;

/// The checksum by a table of sixteen, another way than the code under test goes.
unsigned checksum(std::span<const std::uint8_t> bytes) {
  constexpr unsigned k_table[16] = {0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
                                    0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400};
  unsigned crc = 0xFFFF;
  for (const unsigned byte : bytes) {
    crc = crc >> 4 ^ k_table[(crc ^ byte) & 0xFU];
    crc = crc >> 4 ^ k_table[(crc ^ byte >> 4) & 0xFU];
  }
  return crc;
}

void require(bool holds) {
  if (!holds) std::abort();
}

/// What is taken for an answer is whole, short enough and has its checksum.
void look_at(std::span<const std::uint8_t> bytes) {
  const auto shape = reply_at_start_of(bytes);
  if (!shape) return;
  const auto length = reply_length(bytes);
  require(length && *length >= 5 && *length <= bytes.size() && *length <= k_max_rtu_frame);
  const auto told = bytes[*length - 2] | static_cast<unsigned>(bytes[*length - 1]) << 8U;
  require(checksum(bytes.first(*length - 2)) == told);
  require(shape->unit == bytes[0] && shape->function == bytes[1]);
}

}  // namespace

/// Whatever comes in on a serial line: nothing but whole frames with a good checksum is taken for an answer, and the
/// same bytes are one, wherever they lie, once their checksum is mended.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes{data, size};
  look_at(bytes);
  std::size_t taken = 0;
  for_each_reply(bytes, [&](ReplyShape) { ++taken; });
  require(taken <= size / 5);

  const auto length = reply_length(bytes);
  if (!length || *length > size || *length > k_max_rtu_frame || *length < 5) return 0;
  std::vector<std::uint8_t> mended{bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*length)};
  const auto good = checksum(bytes.first(*length - 2));
  mended[*length - 2] = static_cast<std::uint8_t>(good & 0xFFU);
  mended[*length - 1] = static_cast<std::uint8_t>(good >> 8U);
  require(reply_length(mended) == length);
  require(reply_at_start_of(mended).has_value());
  look_at(mended);

  mended.back() ^= 1U;
  require(!reply_at_start_of(mended));
  return 0;
}
