#include "collectors/ipmi/sdr.h"

#include <doctest/doctest.h>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace pue::ipmi {
namespace {

using Octets = std::vector<std::uint8_t>;

struct Vector {
  Octets record;
  std::uint8_t raw;
  std::optional<double> value;
};

const std::vector<Vector>& vectors() {
  static const std::vector<Vector> k_vectors{
#include "tests/unit/ipmi_readings/readings_vectors.inc"
  };
  return k_vectors;
}

Octets octets(std::string_view text) { return {text.begin(), text.end()}; }

Octets full_record() { return vectors().front().record; }

/// Well-formed by table 3-7 of the Unicode Standard, and without control characters.
bool is_printable_utf_8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const unsigned first = byte(0);
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t point = size == 1 ? first : first & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
      if ((byte(i) & 0xC0U) != 0x80) return false;
      point = point << 6U | (byte(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> k_least{0, 0, 0x80, 0x800, 0x10000};
    if (point < k_least[size] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
    if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return false;
    at += size;
  }
  return true;
}

TEST_CASE("every reading equals the formula of the specification, computed elsewhere") {
  for (const auto& [record, raw, value] : vectors()) {
    const auto sensor = parse_sensor_record(record);
    REQUIRE(sensor);
    const auto decoded = sensor->conversion.apply(raw);
    REQUIRE(decoded.has_value() == value.has_value());
    if (value) CHECK(*decoded == doctest::Approx(*value).epsilon(1e-12));
  }
}

TEST_CASE("a full record tells the sensor, its entity, its unit and its name") {
  const auto sensor = parse_sensor_record(full_record());
  REQUIRE(sensor);
  CHECK(sensor->id == 0x1234);
  CHECK(sensor->owner == 0x20);
  CHECK(sensor->number == 0x42);
  CHECK(sensor->entity == 10);
  CHECK(sensor->entity_instance == 1);
  CHECK(sensor->sensor_type == 0x09);
  CHECK(sensor->reading_type == 0x01);
  CHECK(sensor->unit == SensorUnit::watts);
  CHECK(sensor->direction == SensorRecord::Direction::input);
  CHECK(sensor->name == "PS1");
}

TEST_CASE("a compact record has states and a name but no number") {
  Octets record{0x07, 0x00, 0x51, 0x02, 0x1E, 0x20, 0x00, 0x61, 0x0A, 0x02, 0, 0, 0x08, 0x6F, 0, 0,
                0,    0,    0,    0,    0xC0, 0,    0,    0x40, 0,    0,    0, 0, 0,    0,    0, 0xC3};
  for (const char c : std::string_view{"PS2"}) record.push_back(static_cast<std::uint8_t>(c));
  const auto sensor = parse_sensor_record(record);
  REQUIRE(sensor);
  CHECK(sensor->entity_instance == 2);
  CHECK(sensor->sensor_type == 0x08);
  CHECK(sensor->reading_type == 0x6F);
  CHECK(sensor->direction == SensorRecord::Direction::input);
  CHECK(sensor->name == "PS2");
  CHECK_FALSE(sensor->conversion.apply(1));
}

TEST_CASE("device locators and other records are no sensors") {
  for (unsigned type = 0; type < 256; ++type) {
    auto record = full_record();
    record[3] = static_cast<std::uint8_t>(type);
    CHECK(parse_sensor_record(record).has_value() == (type == 1 || type == 2));
  }
}

TEST_CASE("a record cut short anywhere is a sensor or none, never more than its bytes") {
  const auto whole = full_record();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Octets cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
    const auto sensor = parse_sensor_record(cut);
    CHECK(sensor.has_value() == (size >= 30));
    if (sensor && size < 48) CHECK(sensor->name.empty());
  }
  auto liar = whole;
  liar[4] = 255;
  CHECK(parse_sensor_record(liar)->name == "PS1");
  liar[4] = 3;
  CHECK_FALSE(parse_sensor_record(liar));
}

TEST_CASE("a percentage, a rate or a unit per unit is not a plain watt") {
  const auto unit = [](std::uint8_t units) {
    auto record = full_record();
    record[20] = units;
    return parse_sensor_record(record)->unit;
  };
  CHECK(unit(0x00) == SensorUnit::watts);
  CHECK(unit(0x80) == SensorUnit::watts);
  CHECK(unit(0x01) == SensorUnit::other);
  CHECK(unit(0x02) == SensorUnit::other);
  CHECK(unit(0x18) == SensorUnit::other);
}

TEST_CASE("temperatures in any unit become degrees Celsius") {
  CHECK(in_si_unit(77.0, SensorUnit::fahrenheit) == doctest::Approx(25.0));
  CHECK(in_si_unit(300.0, SensorUnit::kelvin) == doctest::Approx(26.85));
  CHECK(in_si_unit(21.0, SensorUnit::celsius) == 21.0);
  CHECK(in_si_unit(850.0, SensorUnit::watts) == 850.0);
}

TEST_CASE("a sensor that gives no number or bends in a way nobody defined has no value") {
  Conversion conversion{.m = 1, .format = Conversion::Format::none};
  CHECK_FALSE(conversion.apply(5));
  conversion.format = Conversion::Format::unsigned_;
  CHECK(conversion.apply(5) == 5.0);
  conversion.linearization = 12;
  CHECK_FALSE(conversion.apply(5));
}

TEST_CASE("the factors of a non-linear sensor hold for the reading they were asked for") {
  Conversion sensor{.linearization = 0x70, .format = Conversion::Format::twos_complement};
  CHECK(sensor.is_non_linear());
  // next reading 9, M = -2, B = 300, B exponent -1, R exponent 1: (-2 * -5 + 30) * 10
  const auto factors = parse_factors(Octets{9, 0xFE, 0xC0, 0x2C, 0x40, 0, 0x1F}, sensor);
  REQUIRE(factors);
  CHECK(factors->apply(0xFB) == doctest::Approx(400.0));
  CHECK_FALSE(parse_factors(Octets{9, 0xFE, 0xC0, 0x2C, 0x40, 0}, sensor));
}

TEST_CASE("names in 8-bit text are Latin-1 unless they are UTF-8 already") {
  CHECK(sensor_name(0xC8, octets("Ambient ")) == "Ambient");
  CHECK(sensor_name(0xC5, Octets{'T', 0xFC, 'r', 0xB0, 'C'}) == "T\u00FCr\u00B0C");
  CHECK(sensor_name(0xC4, Octets{'T', 0xC3, 0xBC, 'r'}) == "T\u00FCr");
  CHECK(sensor_name(0xC6, Octets{'F', 'a', 'n', 0, 0xFF, 0xFF}) == "Fan");
  CHECK(sensor_name(0xC5, Octets{'a', '\n', 0x1B, 'b', 0x9B}) == "ab");
}

TEST_CASE("the longest name, of any byte in any coding, comes out as printable UTF-8") {
  for (unsigned type = 0; type < 0x100; type += 0x40) {
    for (unsigned byte = 0; byte < 0x100; ++byte) {
      for (const unsigned next : {byte, 0x22U, 0x5CU, 0x80U, 0xBFU, 0xC3U, 0xD8U}) {
        Octets bytes(31, static_cast<std::uint8_t>(byte));
        bytes[1] = static_cast<std::uint8_t>(next);
        bytes[30] = static_cast<std::uint8_t>(next);
        const auto name = sensor_name(static_cast<std::uint8_t>(type | 31U), bytes);
        CAPTURE(type);
        CAPTURE(byte);
        CAPTURE(next);
        CHECK(is_printable_utf_8(name));
        CHECK(name.size() <= 62);
      }
    }
  }
}

TEST_CASE("names packed in six bits start with the lowest ones") {
  // 'I' 'P' 'M' 'I' as the example of the specification's FRU document: 29h DCh A6h
  CHECK(sensor_name(0x83, Octets{0x29, 0xDC, 0xA6}) == "IPMI");
}

TEST_CASE("names in BCD plus know digits and six signs") {
  CHECK(sensor_name(0x44, Octets{0x12, 0x90, 0xAB, 0xCD}) == "1290 -.:");
}

TEST_CASE("names in Unicode are UTF-16 of either order, or taken as 8-bit text") {
  CHECK(sensor_name(0x06, Octets{'F', 0, 'a', 0, 'n', 0}) == "Fan");
  CHECK(sensor_name(0x06, Octets{0, 'F', 0, 'a', 0, 'n'}) == "Fan");
  CHECK(sensor_name(0x03, octets("Fan")) == "Fan");
}

TEST_CASE("a name that claims more than there is has what there is") {
  CHECK(sensor_name(0xDF, octets("Fan")) == "Fan");
  CHECK(sensor_name(0xC0, octets("Fan")).empty());
}

}  // namespace
}  // namespace pue::ipmi
