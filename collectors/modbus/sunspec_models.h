#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "collectors/profiles/profile.h"

namespace pue::modbus {

/// One point of a SunSpec model. Offsets count registers from the model's id register.
struct SunspecPoint {
  profiles::Point point;  ///< `address` is meaningless here
  std::uint16_t offset = 0;
  std::optional<std::uint16_t> scale_factor_offset;
};

struct SunspecModelMap {
  std::uint16_t id = 0;
  std::vector<SunspecPoint> points;  ///< those that carry numbers
};

/// @return the map of a model from collectors/profiles/_sunspec.toml; null where it has none.
[[nodiscard]] const SunspecModelMap* find_sunspec_model(std::uint16_t id);

}  // namespace pue::modbus
