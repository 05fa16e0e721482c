#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collectors/profiles/profile.h"

namespace pue::profiles {

/// What the list of quantity names (quantities.toml) says of one name.
struct QuantityName {
  Unit unit = Unit::none;
  PointKind kind = PointKind::gauge;
};

/// @return what `name` stands for; null when the list does not have it.
[[nodiscard]] const QuantityName* find_quantity(std::string_view name);
/// @return the names of the list nearest to `name`, for messages.
[[nodiscard]] std::string nearest_quantity(std::string_view name);
[[nodiscard]] std::size_t quantity_count();

/// Holds a profile against the list and against itself: names known, unit and kind as listed, no name twice, no two
/// values on the same registers unless they are bits of one, functions 1 to 4, addresses inside 0 to 65535.
/// @return what is wrong, one message each; empty when nothing is.
[[nodiscard]] std::vector<std::string> findings_of(const Profile& profile);

}  // namespace pue::profiles
