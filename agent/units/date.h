#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// Days of the calendar, in no zone.
namespace pue {

using Date = std::chrono::year_month_day;

/// @return the date written YYYY-MM-DD, if there is such a day; from 1970 on.
[[nodiscard]] std::optional<Date> parse_date(std::string_view text);
/// @return YYYY-MM-DD.
[[nodiscard]] std::string written(Date date);

/// @return whether [from, to) is twelve months or more.
[[nodiscard]] bool is_twelve_months(Date from, Date to);

}  // namespace pue
