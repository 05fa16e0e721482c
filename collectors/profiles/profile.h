#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pue::profiles {

/// How a value lies in its registers.
enum class RegisterType : std::uint8_t {
  u16,
  s16,
  u32,
  s32,
  u64,
  s64,
  f32,
  f64,
  bits,    ///< one register of flags
  states,  ///< one register that holds a number from a list (`enum` in the file)
  text,    ///< characters, two to a register (`str` in the file)
  bcd,     ///< binary coded decimal, four digits to a register
  mod10,   ///< registers of 0 to 9999, most significant first
  bit,     ///< one coil or discrete input
};

/// The order of bytes in a value of several registers, told by three exchanges: what users write as ABCD, CDAB, BADC,
/// DCBA and, for 64 bits, as ABCDEFGH, GHEFCDAB, BADCFEHG, HGFEDCBA, CDABGHEF, EFGHABCD. A four-letter order applied
/// to 64 bits reverses all four registers when it reverses two (CDAB means GHEFCDAB).
struct WordOrder {
  bool swap_bytes = false;   ///< the two bytes of each register
  bool swap_words = false;   ///< the two registers of each 32 bits
  bool swap_dwords = false;  ///< the two halves of 64 bits

  friend bool operator==(const WordOrder&, const WordOrder&) = default;
};

/// What a point is, for whoever stores or draws it.
enum class PointKind : std::uint8_t {
  gauge,    ///< goes up and down
  counter,  ///< only grows, but for rollover, reset and replacement
  state,    ///< a number that stands for a name, or flags
};

/// SI unit of the decoded value. The loader folds the factor between the file's unit and this one into the scale.
enum class Unit : std::uint8_t {
  none,
  watt,
  volt_ampere,
  var,
  joule,               ///< active energy
  volt_ampere_second,  ///< apparent energy
  var_second,          ///< reactive energy
  volt,
  ampere,
  hertz,
  ratio,
  celsius,
  pascal,
  second,
  cubic_meter,
  cubic_meter_per_second,
  revolutions_per_minute,
};

/// Where the decimal exponent of a value is found: value * 10^(sign * (exponent - bias)).
struct ExponentFrom {
  std::string point;
  int bias = 0;
  int sign = 1;
};

enum class Encoding : std::uint8_t {
  plain,
  schneider_power_factor,  ///< four quadrants: x > 1 means 2 - x, x < -1 means -2 - x, leading
};

/// One value that a device offers.
struct Point {
  std::string name;  ///< from the list of quantity names (collectors/profiles/quantities.toml)
  std::uint8_t function = 3;
  std::uint16_t address = 0;  ///< as on the wire, from 0
  std::uint16_t words = 1;    ///< registers (or 1 for a coil)
  RegisterType type = RegisterType::u16;
  WordOrder order;
  double scale = 1.0;  ///< raw * scale + offset is the value in `unit`; the unit factor is folded in
  double offset = 0.0;
  Unit unit = Unit::none;
  PointKind kind = PointKind::gauge;
  Encoding encoding = Encoding::plain;
  std::optional<ExponentFrom> exponent;
  std::string multiply_by;             ///< name of a point whose value multiplies this one; empty: none
  std::vector<std::uint64_t> invalid;  ///< raw patterns (in register width) that mean "no value"
  std::map<std::uint64_t, std::string> states;
  std::optional<unsigned> bit;  ///< takes one bit out of a register
  bool auxiliary = false;       ///< an exponent or the like: read for other points, no reading by itself
  bool on_request = false;      ///< polled only where the configuration names it
  std::string group;            ///< interval group: "" or a name the configuration may give an interval
  std::string note;
  std::string doubt;

  /// Whether the point tells which device it is, by which an exchange is noticed. Such points are read when a device
  /// begins to answer, and now and then.
  [[nodiscard]] bool tells_identity() const { return name == "serial_number"; }
};

/// How to tell this device from others. Empty members are not asked.
struct Identify {
  struct Text {
    std::uint16_t address = 0;
    std::uint16_t words = 0;
  };
  std::optional<std::uint16_t> address;
  std::uint8_t function = 3;
  std::uint16_t words = 1;
  std::uint16_t read_words = 0;  ///< some devices answer only to a longer read; 0: as `words`
  RegisterType type = RegisterType::u16;
  std::vector<std::uint64_t> one_of;
  std::string equals;
  std::vector<std::string> contains;
  std::optional<Text> model_text;
  std::optional<Text> name_text;
};

struct SerialDefaults {
  unsigned baud = 9600;
  char parity = 'N';
  unsigned stop_bits = 1;
};

/// One device of the library: what can be read from it and how.
struct Profile {
  std::string id;
  std::string vendor;
  std::string model;
  std::string category;  ///< meter, ups, crac, chiller, ...
  std::vector<std::string> protocols;
  char confidence = 'D';  ///< A captured from the real device ... D from one secondary source
  bool draft = false;     ///< loads only with allow_draft
  std::uint16_t max_regs = 125;
  std::uint16_t max_gap = 0;
  std::optional<std::chrono::milliseconds> min_timeout;
  std::optional<SerialDefaults> serial;
  std::optional<Identify> identify;
  std::vector<std::string> sources;
  std::vector<std::string> captures;
  std::vector<std::string> quirks;
  std::vector<Point> points;
  bool sunspec = false;  ///< points are found on the device by walking its models

  [[nodiscard]] const Point* find(std::string_view name) const {
    for (const auto& point : points) {
      if (point.name == name) return &point;
    }
    return nullptr;
  }
};

/// @return the unit as people write it: "W", "J", "m3/s", "°C", "" for none.
[[nodiscard]] std::string_view symbol(Unit unit);

}  // namespace pue::profiles
