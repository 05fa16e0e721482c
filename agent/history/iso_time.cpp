#include "agent/history/iso_time.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

namespace pue::history {
namespace {

using namespace std::chrono;

/// Reads a text from its beginning.
class Reading {
 public:
  explicit Reading(std::string_view text) : rest_(text) {}

  /// Exactly `count` digits.
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return std::nullopt;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  /// Two digits below `end`.
  std::optional<int> two(int end) {
    const auto value = digits(2);
    return value && *value < end ? value : std::nullopt;
  }
  bool take(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Digits of a fraction of a second, as many as there are.
  std::optional<int> thousandths() {
    int value = 0;
    std::size_t count = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      if (count < 3) value = value * 10 + (rest_[count] - '0');
    }
    if (count == 0) return std::nullopt;
    for (std::size_t i = count; i < 3; ++i) value *= 10;
    rest_.remove_prefix(count);
    return value;
  }
  [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::optional<sys_days> read_date(Reading& text) {
  const auto y = text.digits(4);
  if (!y || !text.take("-")) return std::nullopt;
  const auto m = text.digits(2);
  if (!m || !text.take("-")) return std::nullopt;
  const auto d = text.digits(2);
  if (!d || *y < 1990 || *y > 2199) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

std::optional<milliseconds> read_clock(Reading& text) {
  const auto h = text.two(24);
  if (!h || !text.take(":")) return std::nullopt;
  const auto m = text.two(60);
  if (!m) return std::nullopt;
  milliseconds time = hours{*h} + minutes{*m};
  if (!text.take(":")) return time;
  const auto s = text.two(60);
  if (!s) return std::nullopt;
  time += seconds{*s};
  if (!text.take(".,")) return time;
  const auto fraction = text.thousandths();
  if (!fraction) return std::nullopt;
  return time + milliseconds{*fraction};
}

std::optional<minutes> read_offset(Reading& text) {
  if (text.take("Zz")) return minutes{0};
  const bool west = text.front() == '-';
  if (!text.take("+-")) return std::nullopt;
  const auto h = text.two(19);
  if (!h) return std::nullopt;
  minutes offset = hours{*h};
  text.take(":");
  if (!text.at_end()) {
    const auto m = text.two(60);
    if (!m) return std::nullopt;
    offset += minutes{*m};
  }
  return west ? -offset : offset;
}

}  // namespace

tl::expected<std::int64_t, std::string> parse_time(std::string_view text) {
  const auto refused = [](std::string_view why) { return tl::unexpected(std::string(why)); };
  Reading reading{text};
  const auto date = read_date(reading);
  const bool separated = date && reading.take("Tt ");
  const auto clock = separated ? read_clock(reading) : std::nullopt;
  if (!clock) return refused("expected a time such as 2025-03-01T00:15:00+08:00");
  reading.take(" ");
  if (reading.at_end()) return refused("has no offset from UTC: expected Z or, say, +08:00 at its end");
  const auto offset = read_offset(reading);
  if (!offset || !reading.at_end()) return refused("expected an offset such as Z or +08:00 at its end");
  return (milliseconds{date->time_since_epoch()} + *clock - *offset).count();
}

std::string written_time(std::int64_t unix_ms) {
  const sys_time<milliseconds> instant{milliseconds{unix_ms}};
  const auto day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss clock{instant - day};
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                          clock.minutes().count(), clock.seconds().count());
  if (clock.subseconds().count() != 0) text += fmt::format(".{:03}", clock.subseconds().count());
  return text + "Z";
}

}  // namespace pue::history
