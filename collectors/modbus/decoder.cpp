#include "collectors/modbus/decoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>

#include "agent/log/log.h"

namespace pue::modbus {
namespace {

using profiles::RegisterType;
using profiles::WordOrder;

constexpr std::size_t k_max_words = 4;  ///< of a number

std::uint16_t with_bytes_exchanged(std::uint16_t word) { return static_cast<std::uint16_t>(word << 8 | word >> 8); }

/// The words of a number of 1 to 4 registers, most significant first.
class Words {
 public:
  Words(std::span<const std::uint16_t> words, WordOrder order) : size_(words.size()) {
    std::copy(words.begin(), words.end(), words_.begin());
    if (order.swap_bytes) std::transform(begin(), end(), begin(), with_bytes_exchanged);
    if (size_ == 3) {  // neither pairs nor halves: three registers can only be turned about
      if (order.swap_words) std::swap(words_[0], words_[2]);
      return;
    }
    if (order.swap_words) {
      for (std::size_t i = 0; i + 1 < size_; i += 2) std::swap(words_[i], words_[i + 1]);
    }
    if (order.swap_dwords && size_ == 4) {
      std::swap(words_[0], words_[2]);
      std::swap(words_[1], words_[3]);
    }
  }

  [[nodiscard]] std::uint64_t pattern() const {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size_; ++i) number = number << 16 | words_[i];
    return number;
  }

  /// Four decimal digits to a register, each in its own half byte.
  [[nodiscard]] std::optional<std::uint64_t> bcd() const {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      for (int shift = 12; shift >= 0; shift -= 4) {
        const unsigned digit = (words_[i] >> shift) & 0xFU;
        if (digit > 9) return std::nullopt;
        number = number * 10 + digit;
      }
    }
    return number;
  }

  /// Registers of 0 to 9999.
  [[nodiscard]] std::optional<std::uint64_t> mod10() const {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      if (words_[i] > 9999) return std::nullopt;
      number = number * 10000 + words_[i];
    }
    return number;
  }

 private:
  std::array<std::uint16_t, k_max_words>::iterator begin() { return words_.begin(); }
  std::array<std::uint16_t, k_max_words>::iterator end() { return words_.begin() + static_cast<std::ptrdiff_t>(size_); }

  std::array<std::uint16_t, k_max_words> words_{};
  std::size_t size_;
};

/// How many registers a number of this type has; 0 where several are possible.
std::size_t width_of(RegisterType type) {
  switch (type) {
    case RegisterType::u16:
    case RegisterType::s16:
    case RegisterType::bit:
      return 1;
    case RegisterType::u32:
    case RegisterType::s32:
    case RegisterType::f32:
      return 2;
    case RegisterType::u64:
    case RegisterType::s64:
    case RegisterType::f64:
      return 4;
    case RegisterType::bits:
    case RegisterType::states:
    case RegisterType::text:
    case RegisterType::bcd:
    case RegisterType::mod10:
      break;
  }
  return 0;
}

/// The number a pattern stands for, before scale and offset.
double number_of(RegisterType type, std::uint64_t raw) {
  switch (type) {
    case RegisterType::s16:
      return static_cast<std::int16_t>(static_cast<std::uint16_t>(raw));
    case RegisterType::s32:
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(raw));
    case RegisterType::s64:
      return static_cast<double>(static_cast<std::int64_t>(raw));
    case RegisterType::f32:
      return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(raw)));
    case RegisterType::f64:
      return std::bit_cast<double>(raw);
    default:
      return static_cast<double>(raw);
  }
}

/// @return the power factor from -1 to 1; NaN for a number that is none.
double power_factor_of(double quadrants) {
  if (quadrants > 2.0 || quadrants < -2.0) return std::nan("");
  if (quadrants > 1.0) return 2.0 - quadrants;
  if (quadrants < -1.0) return -2.0 - quadrants;
  return quadrants;
}

Reading reading_of(double value, std::uint64_t raw) {
  if (!std::isfinite(value)) return {.raw = raw};
  return {.value = value, .raw = raw, .quality = SampleQuality::good};
}

}  // namespace

Reading decode(const profiles::Point& point, std::span<const std::uint16_t> words) {
  if (point.type == RegisterType::text || words.empty() || words.size() > k_max_words) return {};
  const std::size_t width = width_of(point.type);
  if (words.size() != point.words || (width != 0 && words.size() != width)) return {};

  const Words ordered{words, point.order};
  std::uint64_t raw = ordered.pattern();
  if (std::find(point.invalid.begin(), point.invalid.end(), raw) != point.invalid.end()) return {.raw = raw};

  if (point.bit || point.type == RegisterType::bit) {
    const unsigned bit = point.bit.value_or(0);
    if (bit >= words.size() * 16) return {.raw = raw};
    return reading_of(static_cast<double>(raw >> bit & 1), raw);
  }
  if (point.type == RegisterType::bits || point.type == RegisterType::states) {
    return reading_of(static_cast<double>(raw), raw);
  }
  if (point.type == RegisterType::bcd || point.type == RegisterType::mod10) {
    const auto digits = point.type == RegisterType::bcd ? ordered.bcd() : ordered.mod10();
    if (!digits) return {.raw = raw};
    raw = *digits;
  }
  double value = number_of(point.type, raw) * point.scale + point.offset;
  if (point.encoding == profiles::Encoding::schneider_power_factor) value = power_factor_of(value);
  return reading_of(value, raw);
}

std::string decode_text(const profiles::Point& point, std::span<const std::uint16_t> words) {
  std::string text;
  text.reserve(words.size() * 2);
  const auto ordered = [&](std::uint16_t word) { return point.order.swap_bytes ? with_bytes_exchanged(word) : word; };
  // Some devices have one letter in a register, in its lower half.
  const bool one_letter = !words.empty() && ordered(words[0]) != 0 && ordered(words[0]) >> 8 == 0;
  for (const auto word : words) {
    if (!one_letter) text += static_cast<char>(ordered(word) >> 8);
    text += static_cast<char>(ordered(word) & 0xFF);
  }
  text.resize(std::min(text.find('\0'), text.size()));
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return log::printable(std::string_view(text).substr(first, text.find_last_not_of(' ') - first + 1), 256);
}

Reading with_exponent(Reading value, const profiles::ExponentFrom& from, const Reading& exponent) {
  constexpr std::array<double, 13> k_powers{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12};
  value.quality = value.quality == SampleQuality::good ? exponent.quality : value.quality;
  if (value.quality != SampleQuality::good) return value;
  const double places = from.sign * (exponent.value - from.bias);
  if (places != std::trunc(places) || std::abs(places) > 12.0) return {.raw = value.raw};
  const double power = k_powers[static_cast<std::size_t>(std::abs(places))];
  // Division by an exact power rounds once where multiplication with its inverse would round twice.
  return reading_of(places < 0 ? value.value / power : value.value * power, value.raw);
}

Reading with_product(Reading value, const Reading& factor) {
  value.quality = value.quality == SampleQuality::good ? factor.quality : value.quality;
  if (value.quality != SampleQuality::good) return value;
  return reading_of(value.value * factor.value, value.raw);
}

}  // namespace pue::modbus
