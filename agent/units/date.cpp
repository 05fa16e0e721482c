#include "agent/units/date.h"

#include <charconv>
#include <cstdio>

namespace pue {

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) -> int {
    int value = -1;
    const auto* end = text.data() + at + length;
    const auto [rest, error] = std::from_chars(text.data() + at, end, value);
    return error == std::errc{} && rest == end ? value : -1;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (year < 1970 || month < 1 || day < 1) return std::nullopt;
  const Date date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                  std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return date;
}

std::string written(Date date) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

bool is_twelve_months(Date from, Date to) {
  const Date anniversary{from.year() + std::chrono::years{1}, from.month(), from.day()};
  // A year that begins on 29 February ends with it.
  if (!anniversary.ok()) return std::chrono::sys_days{to} >= std::chrono::sys_days{anniversary.year() / 3 / 1};
  return std::chrono::sys_days{to} >= std::chrono::sys_days{anniversary};
}

}  // namespace pue
