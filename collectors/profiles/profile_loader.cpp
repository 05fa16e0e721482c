#include "collectors/profiles/profile_loader.h"

#include <array>
#include <optional>
#include <utility>

#include "collectors/profiles/quantities.h"
#include "collectors/profiles/reader.h"
#include "collectors/profiles/unit.h"
#include "config/toml/parse.h"

namespace pue::profiles {
namespace {

struct TypeName {
  std::string_view name;
  RegisterType type;
  std::uint16_t words;  ///< 0: the point must say
};

constexpr std::array<TypeName, 14> k_types{{
    {"u16", RegisterType::u16, 1},
    {"s16", RegisterType::s16, 1},
    {"u32", RegisterType::u32, 2},
    {"s32", RegisterType::s32, 2},
    {"u64", RegisterType::u64, 4},
    {"s64", RegisterType::s64, 4},
    {"f32", RegisterType::f32, 2},
    {"f64", RegisterType::f64, 4},
    {"bits", RegisterType::bits, 1},
    {"enum", RegisterType::states, 1},
    {"str", RegisterType::text, 0},
    {"bcd", RegisterType::bcd, 0},
    {"mod10", RegisterType::mod10, 0},
    {"bit", RegisterType::bit, 1},
}};

constexpr std::array<std::pair<std::string_view, WordOrder>, 10> k_orders{{
    {"ABCD", {false, false, false}},
    {"CDAB", {false, true, true}},
    {"BADC", {true, false, false}},
    {"DCBA", {true, true, true}},
    {"ABCDEFGH", {false, false, false}},
    {"GHEFCDAB", {false, true, true}},
    {"BADCFEHG", {true, false, false}},
    {"HGFEDCBA", {true, true, true}},
    {"CDABGHEF", {false, true, false}},
    {"EFGHABCD", {false, false, true}},
}};

/// What a point takes over from its device.
struct Defaults {
  std::uint8_t function = 3;
  std::string word_order = "ABCD";
  std::int64_t address_base = 0;                              ///< number of the first register as this file counts
  std::map<std::string, std::vector<std::uint64_t>> invalid;  ///< by type name
};

WordOrder order_from(TableReader& reader, std::string_view key, const std::string& text) {
  for (const auto& [name, order] : k_orders) {
    if (name == text) return order;
  }
  reader.refuse(key, "word_order '" + text +
                         "' is none of ABCD CDAB BADC DCBA ABCDEFGH GHEFCDAB BADCFEHG HGFEDCBA "
                         "CDABGHEF EFGHABCD");
}

const TypeName& type_from(TableReader& reader, const std::string& text) {
  for (const TypeName& type : k_types) {
    if (type.name == text) return type;
  }
  reader.refuse("type", "type '" + text + "' is none of u16 s16 u32 s32 u64 s64 f32 f64 bits enum str bcd mod10 bit");
}

PointKind kind_from(TableReader& reader, const std::string& text) {
  if (text == "gauge") return PointKind::gauge;
  if (text == "counter") return PointKind::counter;
  if (text == "state") return PointKind::state;
  reader.refuse("kind", "kind must be gauge, counter or state");
}

/// People write down register numbers in several ways. A file says which with `address_base`; without, addresses are
/// those on the wire, and a number that cannot be one is answered with what to write.
std::uint16_t address_from(TableReader& reader, std::int64_t base) {
  const std::int64_t address = reader.required_integer("address", 0, 999'999) - base;
  if (address < 0) {
    reader.refuse("address", "address is below address_base, " + std::to_string(base));
  }
  if (address > 65535) {
    const std::int64_t first = address >= 400'001 ? 400'001 : 300'001;
    reader.refuse("address", "address " + std::to_string(address) +
                                 " is a register number of the manual; on the wire " +
                                 "it is counted from 0, so write " + std::to_string(address - first) +
                                 (first == 400'001 ? " with function = 3" : " with function = 4") +
                                 ", or address_base = " + std::to_string(first) + " in [device]");
  }
  return static_cast<std::uint16_t>(address);
}

ExponentFrom exponent_from(const toml::table& table, const std::string& where) {
  TableReader reader{table, where + ", exp_from"};
  ExponentFrom from{.point = reader.required_text("point"),
                    .bias = static_cast<int>(reader.integer("bias", -100, 100, 0)),
                    .sign = static_cast<int>(reader.integer("sign", -1, 1, 1))};
  if (from.sign == 0) reader.refuse("sign", "sign must be 1 or -1");
  reader.finish();
  return from;
}

std::map<std::uint64_t, std::string> states_from(TableReader& reader, const toml::table& table) {
  std::map<std::uint64_t, std::string> states;
  for (const auto& [key, value] : table) {
    const std::string digits{key.str()};
    const auto text = value.value_exact<std::string>();
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos || !text) {
      reader.refuse("states", R"(states must look like { 0 = "off", 1 = "on" })");
    }
    states.emplace(std::stoull(digits), *text);
  }
  return states;
}

Point point_from(const toml::table& table, const Defaults& defaults) {
  TableReader reader{table, "point"};
  Point point;
  point.name = reader.required_text("name");
  TableReader named{table, "point " + point.name};
  (void)named.has("name");
  point.function = static_cast<std::uint8_t>(named.integer("function", 1, 4, defaults.function));
  point.address = address_from(named, defaults.address_base);
  const std::string type_name = named.required_text("type");
  const TypeName& type = type_from(named, type_name);
  point.type = type.type;
  point.words = static_cast<std::uint16_t>(named.integer("words", 1, 125, type.words));
  if (point.words == 0) named.refuse("type", "type " + type_name + " needs words, the number of its registers");
  if (type.words != 0 && point.words != type.words) named.refuse("words", "words does not fit the type");
  if (point.address + point.words > 65536) named.refuse("address", "the value reaches beyond register 65535");
  const std::string order = named.text("word_order", defaults.word_order);
  point.order = order_from(named, "word_order", order);
  const std::string written = named.text("unit", "1");
  const auto unit = unit_from(written);
  if (!unit) named.refuse("unit", "unit '" + written + "' is not known");
  point.unit = unit->unit;
  point.scale = named.number("scale", 1.0) * unit->factor;
  point.offset = named.number("offset", 0.0) * unit->factor;
  point.kind = kind_from(named, named.required_text("kind"));
  if (const std::string encoding = named.text("encoding"); encoding == "schneider_4q_pf") {
    point.encoding = Encoding::schneider_power_factor;
  } else if (!encoding.empty()) {
    named.refuse("encoding", "encoding '" + encoding + "' is not known; there is schneider_4q_pf");
  }
  if (const toml::table* from = named.table("exp_from")) point.exponent = exponent_from(*from, "point " + point.name);
  point.multiply_by = named.text("mul_from");
  if (named.has("invalid")) {
    point.invalid = named.patterns("invalid");
  } else if (const auto found = defaults.invalid.find(type_name); found != defaults.invalid.end()) {
    point.invalid = found->second;
  }
  if (const toml::table* states = named.table("states")) point.states = states_from(named, *states);
  if (named.has("bit")) point.bit = static_cast<unsigned>(named.integer("bit", 0, 15, 0));
  point.group = named.text("group");
  point.note = named.text("note");
  point.doubt = named.text("doubt");
  named.finish();
  return point;
}

std::optional<Identify::Text> text_place(TableReader& reader, std::string_view key) {
  const toml::table* table = reader.table(key);
  if (table == nullptr) return std::nullopt;
  TableReader place{*table, "identify, " + std::string{key}};
  const Identify::Text text{.address = static_cast<std::uint16_t>(place.required_integer("address", 0, 65535)),
                            .words = static_cast<std::uint16_t>(place.required_integer("words", 1, 125))};
  place.finish();
  return text;
}

Identify identify_from(const toml::table& table, const Defaults& defaults) {
  TableReader reader{table, "identify"};
  Identify identify;
  identify.function = static_cast<std::uint8_t>(reader.integer("function", 3, 4, defaults.function));
  if (reader.has("address")) {
    identify.address = address_from(reader, defaults.address_base);
    const TypeName& type = type_from(reader, reader.required_text("type"));
    identify.type = type.type;
    identify.words = static_cast<std::uint16_t>(reader.integer("words", 1, 125, type.words));
    if (identify.words == 0) reader.refuse("type", "this type needs words, the number of its registers");
  }
  identify.read_words = static_cast<std::uint16_t>(reader.integer("read_words", 1, 125, identify.words));
  identify.one_of = reader.patterns("one_of");
  identify.equals = reader.text("equals");
  identify.contains = reader.texts("contains");
  identify.model_text = text_place(reader, "model_string");
  identify.name_text = text_place(reader, "name_string");
  (void)reader.text("note");
  reader.finish();
  return identify;
}

SerialDefaults serial_from(const toml::table& table) {
  TableReader reader{table, "device.serial"};
  SerialDefaults serial;
  serial.baud = static_cast<unsigned>(reader.integer("baud", 300, 4'000'000, serial.baud));
  const std::string parity = reader.text("parity", "N");
  if (parity != "N" && parity != "E" && parity != "O") reader.refuse("parity", "parity must be N, E or O");
  serial.parity = parity[0];
  serial.stop_bits = static_cast<unsigned>(reader.integer("stop", 1, 2, 1));
  reader.finish();
  return serial;
}

void read_device(const toml::table& table, Profile& profile, Defaults& defaults) {
  TableReader reader{table, "device"};
  profile.id = reader.required_text("id");
  profile.vendor = reader.required_text("vendor");
  profile.model = reader.required_text("model");
  profile.category = reader.required_text("category");
  profile.protocols = reader.texts("protocols");
  for (const std::string& protocol : profile.protocols) {
    if (protocol != "rtu" && protocol != "tcp") reader.refuse("protocols", "protocols are rtu and tcp");
  }
  if (profile.protocols.empty()) reader.refuse("protocols", "protocols is missing");
  defaults.function = static_cast<std::uint8_t>(reader.integer("function", 1, 4, 3));
  defaults.word_order = reader.text("word_order", "ABCD");
  (void)order_from(reader, "word_order", defaults.word_order);
  defaults.address_base = reader.integer("address_base", 0, 400'001, 0);
  const std::string confidence = reader.text("confidence", "D");
  if (confidence.size() != 1 || confidence[0] < 'A' || confidence[0] > 'D') {
    reader.refuse("confidence", "confidence must be A, B, C or D");
  }
  profile.confidence = confidence[0];
  profile.draft = reader.flag("draft", false);
  profile.max_regs = static_cast<std::uint16_t>(reader.integer("max_regs", 1, 125, 125));
  profile.max_gap = static_cast<std::uint16_t>(reader.integer("max_gap", 0, 124, 8));
  if (reader.has("min_timeout_ms")) {
    profile.min_timeout = std::chrono::milliseconds{reader.integer("min_timeout_ms", 1, 60'000, 1)};
  }
  profile.sources = reader.texts("sources");
  profile.captures = reader.texts("captures");
  profile.quirks = reader.texts("quirks");
  if (const toml::table* serial = reader.table("serial")) profile.serial = serial_from(*serial);
  if (const toml::table* invalid = reader.table("invalid")) {
    TableReader patterns{*invalid, "device.invalid"};
    for (const TypeName& type : k_types) {
      if (patterns.has(type.name)) defaults.invalid.emplace(type.name, patterns.patterns(type.name));
    }
    patterns.finish();
  }
  reader.finish();
}

/// Points that a point takes its exponent or a factor from must be there. An exponent is of use to nobody else.
void check_references(Profile& profile, TableReader& reader) {
  for (const Point& point : profile.points) {
    const std::string exponent = point.exponent ? point.exponent->point : std::string{};
    for (const std::string& name : {exponent, point.multiply_by}) {
      if (!name.empty() && profile.find(name) == nullptr) {
        reader.refuse("point", "point " + point.name + " refers to '" + name + "', which this profile does not have");
      }
    }
    for (Point& other : profile.points) {
      if (other.name == exponent) other.auxiliary = true;
    }
  }
}

Profile profile_from(const toml::table& root) {
  TableReader reader{root, "profile"};
  if (reader.required_integer("schema", 0, 1000) != 1) reader.refuse("schema", "schema must be 1");
  Profile profile;
  Defaults defaults;
  const toml::table* device = reader.table("device");
  if (device == nullptr) reader.refuse("device", "the table [device] is missing");
  read_device(*device, profile, defaults);
  if (const toml::table* identify = reader.table("identify")) profile.identify = identify_from(*identify, defaults);
  const toml::array* points = reader.array("point");
  if (points == nullptr || points->empty()) reader.refuse("point", "a profile needs at least one [[point]]");
  for (const toml::node& node : *points) {
    if (!node.is_table()) reader.refuse("point", "points are written as [[point]]");
    profile.points.push_back(point_from(*node.as_table(), defaults));
  }
  check_references(profile, reader);
  reader.finish();
  return profile;
}

}  // namespace

std::string describe(const ProfileError& error) {
  std::string text = error.file;
  if (error.line != 0) text += ":" + std::to_string(error.line) + ":" + std::to_string(error.column);
  return text.empty() ? error.message : text + ": " + error.message;
}

std::string_view name_of(RegisterType type) {
  for (const TypeName& known : k_types) {
    if (known.type == type) return known.name;
  }
  return "";
}

std::string_view name_of(const WordOrder& order, std::uint16_t words) {
  if (words == 1) return order.swap_bytes ? "BA" : "AB";
  const std::size_t letters = words == 4 ? 8 : 4;
  for (const auto& [name, known] : k_orders) {
    // Of two registers only the exchanges of bytes and of registers count.
    const bool fits =
        words == 4 ? known == order : known.swap_bytes == order.swap_bytes && known.swap_words == order.swap_words;
    if (fits && name.size() == letters) return name;
  }
  return "";
}

std::string_view name_of(PointKind kind) {
  return kind == PointKind::counter ? "counter" : kind == PointKind::state ? "state" : "gauge";
}

tl::expected<Profile, ProfileError> load_profile(std::string_view text, const std::string& file) {
  const auto root = safe_toml::parse(text);
  if (!root) {
    return tl::unexpected{ProfileError{
        .file = file, .line = root.error().line, .column = root.error().column, .message = root.error().message}};
  }
  try {
    return profile_from(*root);
  } catch (Refusal& refusal) {
    refusal.error.file = file;
    return tl::unexpected{std::move(refusal.error)};
  }
}

}  // namespace pue::profiles
