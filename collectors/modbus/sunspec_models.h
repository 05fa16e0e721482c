#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collectors/profiles/profile.h"

namespace pue::modbus {

/// One value of a SunSpec model.
struct SunspecPoint {
  profiles::Point point;               ///< its address counts from the model's id register
  std::optional<std::uint16_t> scale;  ///< where, counted likewise, the decimal exponent of the value is
};

/// One model: a number that stands for a layout of registers.
struct SunspecLayout {
  std::uint16_t id = 0;
  std::string name;
  std::vector<SunspecPoint> points;
};

/// What the library knows of SunSpec (collectors/profiles/_sunspec.toml).
struct SunspecModels {
  std::vector<std::uint16_t> bases;   ///< where the marker may be, likeliest first
  std::vector<std::uint16_t> marker;  ///< "SunS"
  std::uint16_t end_model = 0xFFFF;
  std::size_t max_chain = 64;
  std::vector<SunspecLayout> models;

  [[nodiscard]] const SunspecLayout* find(std::uint16_t id) const {
    for (const auto& model : models) {
      if (model.id == id) return &model;
    }
    return nullptr;
  }
};

/// @return the embedded models, read once. They are part of the binary: one that does not read ends the program.
[[nodiscard]] const SunspecModels& sunspec_models();

}  // namespace pue::modbus
