#include "collectors/modbus/sunspec_models.h"

#include <array>
#include <map>
#include <stdexcept>
#include <string>

#include "collectors/profiles/library.h"
#include "collectors/profiles/quantities.h"
#include "collectors/profiles/reader.h"
#include "collectors/profiles/unit.h"
#include "config/toml/parse.h"

namespace pue::modbus {
namespace {

using profiles::RegisterType;

/// A SunSpec type, how it lies in registers, and the pattern by which a device says that it does not have the value.
struct Type {
  std::string_view name;
  RegisterType type;
  std::uint16_t words;
  std::uint64_t not_implemented;
};

constexpr std::array<Type, 5> k_types{{
    {"int16", RegisterType::s16, 1, 0x8000},
    {"uint16", RegisterType::u16, 1, 0xFFFF},
    {"acc32", RegisterType::u32, 2, 0},
    {"float32", RegisterType::f32, 2, 0x7FC00000},
    {"enum16", RegisterType::states, 1, 0xFFFF},
}};

const Type* type_from(std::string_view name) {
  for (const Type& type : k_types) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

std::optional<SunspecPoint> point_from(const toml::table& table) {
  profiles::TableReader reader{table, "_sunspec.toml"};
  const Type* type = type_from(reader.required_text("type"));
  if (type == nullptr) return std::nullopt;  // texts are read by the discovery itself
  SunspecPoint point;
  point.offset = static_cast<std::uint16_t>(reader.required_integer("offset", 2, 65535));
  if (reader.has("sf_offset")) {
    point.scale_factor_offset = static_cast<std::uint16_t>(reader.integer("sf_offset", 2, 65535, 2));
  }
  const std::string name = reader.required_text("point");
  const profiles::QuantityName* quantity = profiles::find_quantity(name);
  if (quantity == nullptr) return std::nullopt;  // addresses of the device and the like
  const auto unit = profiles::unit_from(reader.text("unit", "1"));
  if (!unit) throw std::logic_error{"_sunspec.toml: unknown unit of " + name};
  point.point = {.name = name,
                 .words = type->words,
                 .type = type->type,
                 .scale = reader.number("scale", 1.0) * unit->factor,
                 .unit = unit->unit,
                 .kind = quantity->kind,
                 .invalid = {type->not_implemented}};
  return point;
}

std::map<std::uint16_t, SunspecModelMap> read_models() {
  const auto root = safe_toml::parse(profiles::embedded_file("_sunspec"));
  if (!root) throw std::logic_error{"_sunspec.toml: " + root.error().message};
  std::map<std::uint16_t, SunspecModelMap> models;
  profiles::TableReader reader{*root, "_sunspec.toml"};
  const toml::array* list = reader.array("model");
  if (list == nullptr) throw std::logic_error{"_sunspec.toml has no models"};
  for (const toml::node& node : *list) {
    profiles::TableReader model{*node.as_table(), "_sunspec.toml"};
    SunspecModelMap map;
    map.id = static_cast<std::uint16_t>(model.required_integer("id", 1, 65534));
    const toml::array* points = model.array("points");
    if (points == nullptr) continue;
    for (const toml::node& point : *points) {
      if (auto own = point_from(*point.as_table())) map.points.push_back(std::move(*own));
    }
    if (!map.points.empty()) models.emplace(map.id, std::move(map));
  }
  return models;
}

}  // namespace

const SunspecModelMap* find_sunspec_model(std::uint16_t id) {
  static const auto k_models = read_models();
  const auto found = k_models.find(id);
  return found == k_models.end() ? nullptr : &found->second;
}

}  // namespace pue::modbus
