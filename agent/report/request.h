#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/units/date.h"

namespace pue::report {

/// By whose rules the total is taken.
enum class View : std::uint8_t {
  en,   ///< EN 50600-4-2, ISO/IEC 30134-2: all energy, fuel by its heat of combustion
  eu,   ///< the same, with the fields of (EU) 2024/1364
  de,   ///< without plant that only upgrades waste heat (EnEfG 11(2))
  cn,   ///< electricity only, as GB 40879 takes it
  tgg,  ///< weighted by source energy, as The Green Grid proposed
};
[[nodiscard]] std::string_view name_of(View view);
[[nodiscard]] std::optional<View> view_from(std::string_view name);

enum class Language : std::uint8_t { en, zh };

/// What somebody asked for. `to` is the day after the last.
struct Request {
  Date from;
  Date to;
  View view = View::en;
};

}  // namespace pue::report
