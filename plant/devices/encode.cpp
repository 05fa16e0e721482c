#include "plant/devices/encode.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace pue::plant {
namespace {

using profiles::RegisterType;

std::uint64_t unsigned_bits(double raw, unsigned width) {
  const double most = std::ldexp(1.0, static_cast<int>(width));
  if (raw <= 0.0) return 0;
  if (raw >= most) return width == 64 ? std::numeric_limits<std::uint64_t>::max() : (1ULL << width) - 1;
  return static_cast<std::uint64_t>(raw);
}

std::uint64_t signed_bits(double raw, unsigned width) {
  const double most = std::ldexp(1.0, static_cast<int>(width) - 1);
  if (raw >= most) return (1ULL << (width - 1)) - 1;
  if (raw < -most) return 1ULL << (width - 1);
  const auto whole = static_cast<std::int64_t>(raw);
  return static_cast<std::uint64_t>(whole);
}

/// Four decimal digits to a register: each in its own four bits, or the number they make.
std::uint64_t decimal_bits(double raw, bool four_bits_each, unsigned words) {
  auto rest = unsigned_bits(raw, 63);
  const std::uint64_t base = four_bits_each ? 16 : 10;
  std::uint64_t bits = 0;
  for (unsigned word = 0; word < std::min(words, 4U); ++word) {
    std::uint64_t place = 0;
    std::uint64_t weight = 1;
    for (unsigned digit = 0; digit < 4; ++digit, rest /= 10, weight *= base) place += (rest % 10) * weight;
    bits |= place << (16 * word);
  }
  return bits;
}

std::uint64_t bits_of(const profiles::Point& point, double raw) {
  switch (point.type) {
    case RegisterType::f32:
      return std::bit_cast<std::uint32_t>(static_cast<float>(raw));
    case RegisterType::f64:
      return std::bit_cast<std::uint64_t>(raw);
    case RegisterType::s16:
      return signed_bits(std::round(raw), 16);
    case RegisterType::s32:
      return signed_bits(std::round(raw), 32);
    case RegisterType::s64:
      return signed_bits(std::round(raw), 64);
    case RegisterType::u32:
      return unsigned_bits(std::round(raw), 32);
    case RegisterType::u64:
      return unsigned_bits(std::round(raw), 64);
    case RegisterType::bcd:
      return decimal_bits(std::round(raw), true, point.words);
    case RegisterType::mod10:
      return decimal_bits(std::round(raw), false, point.words);
    case RegisterType::u16:
    case RegisterType::bits:
    case RegisterType::states:
    case RegisterType::text:
    case RegisterType::bit:
      break;
  }
  return unsigned_bits(std::round(raw), 16);
}

/// Most significant word first, then the profile's exchanges.
Words in_order(const profiles::Point& point, std::uint64_t bits) {
  Words words{};
  const std::size_t count = std::min<std::size_t>(point.words, words.size());
  for (std::size_t i = 0; i < count; ++i) {
    words[i] = static_cast<std::uint16_t>(bits >> (16 * (count - 1 - i)));
  }
  if (point.order.swap_words) {
    for (std::size_t i = 0; i + 1 < count; i += 2) std::swap(words[i], words[i + 1]);
  }
  if (point.order.swap_dwords && count == 4) {
    std::swap(words[0], words[2]);
    std::swap(words[1], words[3]);
  }
  if (point.order.swap_bytes) {
    for (auto& word : words) word = static_cast<std::uint16_t>((word << 8) | (word >> 8));
  }
  return words;
}

}  // namespace

Words encode(const profiles::Point& point, double value, double modulus) {
  double raw = (value - point.offset) / point.scale;
  const bool counts = point.kind == profiles::PointKind::counter;
  const bool whole = point.type != RegisterType::f32 && point.type != RegisterType::f64;
  // A counter steps when the whole unit is full, a gauge shows the nearest step.
  if (counts && whole) raw = std::floor(raw + 1e-9);
  if (modulus > 0.0) raw = std::fmod(raw, modulus);
  return in_order(point, bits_of(point, raw));
}

std::vector<std::uint16_t> encode_text(const profiles::Point& point, std::string_view text) {
  const auto letter = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U; };
  std::vector<std::uint16_t> words;
  for (std::size_t i = 0; i < point.words; ++i) {
    const unsigned first = letter(2 * i);
    const unsigned second = letter(2 * i + 1);
    words.push_back(static_cast<std::uint16_t>(point.order.swap_bytes ? second << 8 | first : first << 8 | second));
  }
  return words;
}

Words encode_absent(const profiles::Point& point) {
  return in_order(point, point.invalid.empty() ? 0 : point.invalid.front());
}

}  // namespace pue::plant
