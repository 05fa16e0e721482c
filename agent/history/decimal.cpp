#include "agent/history/decimal.h"

#include <charconv>

namespace pue::history {
namespace {

constexpr std::int64_t k_decimals = 6;
constexpr std::size_t k_longest = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes "e-05" off the end of a number.
/// @return the exponent, 0 where there is none; nothing where it is malformed.
std::optional<std::int64_t> take_exponent(std::string_view& text) {
  const auto e = text.find_first_of("eE");
  if (e == std::string_view::npos) return 0;
  auto digits = text.substr(e + 1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.starts_with("-+")) return std::nullopt;
  std::int64_t exponent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (exponent < -100 || exponent > 100) return std::nullopt;
  text = text.substr(0, e);
  return exponent;
}

}  // namespace

std::optional<std::int64_t> millionths(std::string_view text) {
  if (text.size() > k_longest) return std::nullopt;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto exponent = take_exponent(text);
  if (!exponent) return std::nullopt;
  const auto point = text.find('.');
  const auto whole_digits = static_cast<std::int64_t>(point == std::string_view::npos ? text.size() : point);
  // Places behind the point that the number keeps, once its exponent has moved the point.
  const std::int64_t kept = whole_digits + *exponent + k_decimals;
  std::int64_t value = 0;
  std::int64_t place = 0;
  bool round_up = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == point) continue;
    if (!is_digit(text[i])) return std::nullopt;
    if (place < kept) {
      value = value * 10 + (text[i] - '0');
      if (value > k_most_millionths) return std::nullopt;
    } else if (place == kept) {
      round_up = text[i] >= '5';
    }
    ++place;
  }
  if (place == 0) return std::nullopt;
  for (; place < kept && value != 0; ++place) {
    value *= 10;
    if (value > k_most_millionths) return std::nullopt;
  }
  if (round_up) ++value;
  return negative ? -value : value;
}

}  // namespace pue::history
