#include "agent/civil/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "config/nearest.h"

namespace pue::civil {
namespace {

date::sys_time<std::chrono::milliseconds> instant(UnixMs time) {
  return date::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{time}};
}

std::vector<std::string> zone_names() {
  std::vector<std::string> names;
  for (const auto& zone : date::get_tzdb().zones) {
    if (zone.name().starts_with("posix/") || zone.name().starts_with("right/")) continue;
    names.push_back(zone.name());
  }
  return names;
}

Date first_of_month(Date day) { return day.year() / day.month() / std::chrono::day{1}; }
Date first_of_next_month(Date day) {
  return std::chrono::year_month_day{(day.year() / day.month() + std::chrono::months{1}) / std::chrono::day{1}};
}

}  // namespace

tl::expected<Zone, std::string> Zone::find(std::string_view name) {
  try {
    const auto names = zone_names();
    // An alias such as "PRC" may be a link that the database does not list by itself.
    try {
      return Zone{date::locate_zone(std::string(name)), std::string(name)};
    } catch (const std::exception&) {
      return tl::unexpected("no time zone '" + std::string(name) + "'" + config::suggestion(name, names));
    }
  } catch (const std::exception& error) {
    return tl::unexpected("the machine's tz database cannot be read (package tzdata): " + std::string(error.what()));
  }
}

UnixMs Zone::start_of(Date day) const {
  const date::local_days midnight{std::chrono::sys_days{day}.time_since_epoch()};
  // A midnight that comes twice is its first; one that is left out is the instant of the jump.
  const auto start = zone_->to_sys(midnight, date::choose::earliest);
  return std::chrono::duration_cast<std::chrono::milliseconds>(start.time_since_epoch()).count();
}

Date Zone::day_at(UnixMs time) const {
  const auto local = date::floor<date::days>(zone_->to_local(instant(time)));
  return Date{std::chrono::sys_days{std::chrono::days{local.time_since_epoch().count()}}};
}

Span Zone::day_around(UnixMs time) const {
  const auto day = day_at(time);
  return {start_of(day), start_of(Date{std::chrono::sys_days{day} + std::chrono::days{1}})};
}

Span Zone::month_around(UnixMs time) const {
  const auto day = day_at(time);
  return {start_of(first_of_month(day)), start_of(first_of_next_month(day))};
}

Span Zone::year_around(UnixMs time) const {
  const auto year = day_at(time).year();
  const auto new_year = std::chrono::January / std::chrono::day{1};
  return {start_of(year / new_year), start_of((year + std::chrono::years{1}) / new_year)};
}

std::vector<Span> Zone::days_of(Span span) const {
  std::vector<Span> days;
  for (auto at = span.from; at < span.to;) {
    const auto end = std::min(day_around(at).to, span.to);
    days.push_back({at, end});
    at = end;
  }
  return days;
}

std::vector<Span> Zone::months_of(Span span) const {
  std::vector<Span> months;
  for (auto at = span.from; at < span.to;) {
    const auto end = std::min(month_around(at).to, span.to);
    months.push_back({at, end});
    at = end;
  }
  return months;
}

std::string Zone::written(UnixMs time) const {
  const auto at = date::floor<std::chrono::seconds>(instant(time));
  const auto local = zone_->to_local(at);
  const auto day = date::floor<date::days>(local);
  const date::hh_mm_ss<std::chrono::seconds> clock{local - day};
  const auto offset = std::chrono::duration_cast<std::chrono::minutes>(zone_->get_info(at).offset).count();
  const auto ahead = offset < 0 ? -offset : offset;
  char text[64];
  std::snprintf(text, sizeof text, "%sT%02d:%02d:%02d%c%02d:%02d", pue::written(day_at(time)).c_str(),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), offset < 0 ? '-' : '+', static_cast<int>(ahead / 60),
                static_cast<int>(ahead % 60));
  return text;
}

}  // namespace pue::civil
