#include "collectors/modbus/sunspec_models.h"

#include <array>
#include <stdexcept>

#include "collectors/profiles/library.h"
#include "collectors/profiles/quantities.h"
#include "collectors/profiles/reader.h"
#include "collectors/profiles/unit.h"
#include "config/toml/parse.h"

namespace pue::modbus {
namespace {

using profiles::RegisterType;
using profiles::TableReader;

/// A type of the SunSpec information model and the patterns that say "not implemented".
struct SunspecType {
  std::string_view name;
  RegisterType type;
  std::uint16_t words;  ///< 0: the point says
  std::array<std::uint64_t, 2> absent;
  std::size_t absent_count;
};

// An accumulator says with 0 that it does not accumulate; one that does passes 0 within its first watt-hour.
constexpr std::array<SunspecType, 14> k_types{{
    {"int16", RegisterType::s16, 1, {0x8000}, 1},
    {"uint16", RegisterType::u16, 1, {0xFFFF}, 1},
    {"enum16", RegisterType::states, 1, {0xFFFF}, 1},
    {"bitfield16", RegisterType::bits, 1, {0xFFFF}, 1},
    {"bitfield32", RegisterType::u32, 2, {0xFFFFFFFF, 0x80000000}, 2},
    {"int32", RegisterType::s32, 2, {0x80000000}, 1},
    {"uint32", RegisterType::u32, 2, {0xFFFFFFFF}, 1},
    {"int64", RegisterType::s64, 4, {0x8000000000000000}, 1},
    {"uint64", RegisterType::u64, 4, {0xFFFFFFFFFFFFFFFF}, 1},
    {"acc32", RegisterType::u32, 2, {0}, 1},
    {"acc64", RegisterType::u64, 4, {0}, 1},
    {"float32", RegisterType::f32, 2, {0x7FC00000, 0xFFC00000}, 2},
    {"float64", RegisterType::f64, 4, {0x7FF8000000000000}, 1},
    {"string", RegisterType::text, 0, {}, 0},
}};

const SunspecType& type_from(TableReader& reader) {
  const std::string name = reader.required_text("type");
  for (const SunspecType& type : k_types) {
    if (type.name == name) return type;
  }
  reader.refuse("type", "'" + name + "' is no SunSpec type");
}

SunspecPoint point_from(const toml::table& table) {
  TableReader reader{table, "SunSpec point"};
  const SunspecType& type = type_from(reader);
  SunspecPoint known;
  profiles::Point& point = known.point;
  point.name = reader.required_text("point");
  point.address = static_cast<std::uint16_t>(reader.required_integer("offset", 2, 65535));
  point.type = type.type;
  point.words = static_cast<std::uint16_t>(reader.integer("words", 1, 125, type.words));
  point.invalid.assign(type.absent.begin(), type.absent.begin() + static_cast<std::ptrdiff_t>(type.absent_count));
  const auto unit = profiles::unit_from(reader.text("unit", "1"));
  const profiles::QuantityName* quantity = profiles::find_quantity(point.name);
  if (!unit || quantity == nullptr || quantity->unit != unit->unit) {
    reader.refuse("unit", point.name + " does not fit the list of quantities");
  }
  point.unit = unit->unit;
  point.scale = unit->factor;
  point.kind = quantity->kind;
  if (reader.has("sf_offset")) known.scale = static_cast<std::uint16_t>(reader.integer("sf_offset", 2, 65535, 2));
  if (const toml::table* states = reader.table("states")) {
    for (const auto& [key, value] : *states) {
      point.states.emplace(std::stoull(std::string{key.str()}), value.value_or(std::string{}));
    }
  }
  point.note = "SunSpec " + reader.text("sunspec");
  reader.finish();
  return known;
}

SunspecLayout model_from(const toml::table& table) {
  TableReader reader{table, "SunSpec model"};
  SunspecLayout model{.id = static_cast<std::uint16_t>(reader.required_integer("id", 1, 65534)),
                      .name = reader.required_text("name"),
                      .points = {}};
  (void)reader.required_integer("length", 1, 65535);
  const toml::array* points = reader.array("points");
  if (points == nullptr) reader.refuse("points", "points is missing");
  for (const toml::node& node : *points) model.points.push_back(point_from(*node.as_table()));
  reader.finish();
  return model;
}

std::vector<std::uint16_t> registers_from(TableReader& reader, std::string_view key) {
  std::vector<std::uint16_t> registers;
  for (const std::uint64_t pattern : reader.patterns(key)) registers.push_back(static_cast<std::uint16_t>(pattern));
  return registers;
}

SunspecModels models_from(const toml::table& root) {
  TableReader reader{root, "SunSpec"};
  const toml::table* discovery = reader.table("discovery");
  const toml::array* models = reader.array("model");
  if (discovery == nullptr || models == nullptr) reader.refuse("model", "[discovery] or [[model]] is missing");
  TableReader places{*discovery, "SunSpec discovery"};
  SunspecModels known{.bases = registers_from(places, "base_addresses"),
                      .marker = registers_from(places, "marker"),
                      .end_model = static_cast<std::uint16_t>(places.required_integer("end_model", 0, 65535)),
                      .max_chain = static_cast<std::size_t>(places.required_integer("max_chain", 1, 1000)),
                      .models = {}};
  for (const std::uint16_t base : registers_from(places, "extra_base_addresses")) known.bases.push_back(base);
  for (const toml::node& node : *models) known.models.push_back(model_from(*node.as_table()));
  return known;
}

SunspecModels read_models() {
  const auto root = safe_toml::parse(profiles::embedded_file("_sunspec"));
  if (!root) throw std::logic_error{"_sunspec.toml: " + root.error().message};
  try {
    return models_from(*root);
  } catch (const profiles::Refusal& refusal) {
    throw std::logic_error{"_sunspec.toml:" + std::to_string(refusal.error.line) + ": " + refusal.error.message};
  }
}

}  // namespace

const SunspecModels& sunspec_models() {
  static const SunspecModels k_models = read_models();
  return k_models;
}

}  // namespace pue::modbus
