#pragma once

#include <optional>
#include <string_view>

#include "collectors/profiles/profile.h"

namespace pue::profiles {

/// A unit as a profile writes it, and what turns its numbers into the SI unit.
struct WrittenUnit {
  Unit unit = Unit::none;
  double factor = 1.0;
};

/// @return the meaning of e.g. "W", "kWh" or "m3/h"; nothing for a unit that profiles do not know.
[[nodiscard]] std::optional<WrittenUnit> unit_from(std::string_view text);

}  // namespace pue::profiles
