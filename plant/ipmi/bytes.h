#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace pue::plant::ipmi {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

inline void append(Bytes& out, View more) { out.insert(out.end(), more.begin(), more.end()); }
inline void append(Bytes& out, std::initializer_list<unsigned> more) {
  for (const auto byte : more) out.push_back(static_cast<std::uint8_t>(byte));
}
/// Least significant byte first, as everything in IPMI.
inline void append_little(Bytes& out, std::uint32_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
/// @return `bytes` bytes from `at` on; the caller has looked that they are there.
[[nodiscard]] inline std::uint32_t little(View from, std::size_t at, std::size_t bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes; i > 0; --i) value = (value << 8U) | from[at + i - 1];
  return value;
}
[[nodiscard]] inline View view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace pue::plant::ipmi
