#include "collectors/modbus/decoder.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "tests/unit/modbus_codec/orders.h"

namespace pue::modbus {
namespace {

using profiles::Point;
using profiles::RegisterType;

struct Vector {
  RegisterType type;
  std::string_view order;
  std::vector<std::uint16_t> words;
  std::uint64_t raw;
  std::optional<double> value;
};

const std::vector<Vector>& vectors() {
  static const std::vector<Vector> k_vectors{
#include "tests/unit/modbus_codec/decoder_vectors.inc"  // written by make_vectors.py with Python's struct
  };
  return k_vectors;
}

Point point_of(RegisterType type, std::size_t words) {
  Point point;
  point.type = type;
  point.words = static_cast<std::uint16_t>(words);
  return point;
}

Reading decoded(Point point, std::vector<std::uint16_t> words) {
  point.words = static_cast<std::uint16_t>(words.size());
  return decode(point, words);
}

bool good(const Reading& reading) { return reading.quality == SampleQuality::good; }
bool invalid(const Reading& reading) { return reading.quality == SampleQuality::invalid; }

}  // namespace

TEST_CASE("every type in every order decodes to what Python's struct packed") {
  REQUIRE(vectors().size() > 200);
  for (const auto& vector : vectors()) {
    Point point = point_of(vector.type, vector.words.size());
    point.order = order_named(vector.order);
    const auto reading = decode(point, vector.words);
    CAPTURE(vector.order);
    CAPTURE(vector.raw);
    CHECK(reading.raw == vector.raw);
    REQUIRE(good(reading) == vector.value.has_value());
    if (vector.value) CHECK(reading.value == *vector.value);
  }
}

TEST_CASE("an invalid pattern is looked for in the raw number, before sign, scale and order can hide it") {
  struct Sentinel {
    RegisterType type;
    std::string_view order;
    std::vector<std::uint16_t> words;
    std::uint64_t pattern;
  };
  // The patterns are those of SunSpec's models and of the library's meters.
  const std::vector<Sentinel> sentinels{
      {RegisterType::s16, "ABCD", {0x8000}, 0x8000},
      {RegisterType::u16, "ABCD", {0xFFFF}, 0xFFFF},
      {RegisterType::u32, "ABCD", {0xFFFF, 0xFFFF}, 0xFFFFFFFF},
      {RegisterType::s32, "CDAB", {0x0000, 0x8000}, 0x80000000},
      {RegisterType::s64, "GHEFCDAB", {0, 0, 0, 0x8000}, 0x8000000000000000},
      {RegisterType::f32, "ABCD", {0x7FC0, 0x0000}, 0x7FC00000},
      {RegisterType::f32, "DCBA", {0x0000, 0x80FF}, 0xFF800000},
      {RegisterType::states, "ABCD", {0xFFFF}, 0xFFFF},
      {RegisterType::bcd, "ABCD", {0x9999, 0x9999}, 0x99999999},
  };
  for (const auto& sentinel : sentinels) {
    Point point = point_of(sentinel.type, sentinel.words.size());
    point.order = order_named(sentinel.order);
    point.scale = 0.1;
    point.offset = 5;
    point.invalid = {0x1234567, sentinel.pattern};
    CHECK(invalid(decode(point, sentinel.words)));
    auto beside = sentinel.words;
    beside.back() ^= 1;
    if (sentinel.type != RegisterType::f32) CHECK(good(decode(point, beside)));
  }
}

TEST_CASE("scale and offset apply to the number, and a result beyond all numbers is invalid") {
  Point point = point_of(RegisterType::s16, 1);
  point.scale = 0.1;
  point.offset = -40;
  CHECK(decoded(point, {0xFF38}).value == doctest::Approx(-60.0));  // -200 * 0.1 - 40
  Point huge = point_of(RegisterType::f64, 4);
  huge.scale = 1e10;
  CHECK(invalid(decoded(huge, {0x7FEF, 0xFFFF, 0xFFFF, 0xFFFF})));
}

TEST_CASE("a counter's raw number keeps the bits a double cannot") {
  const auto reading = decoded(point_of(RegisterType::u64, 4), {0x0020, 0x0000, 0x0000, 0x0001});
  CHECK(reading.raw == 9007199254740993ULL);
  CHECK(reading.value == 9007199254740992.0);
}

TEST_CASE("binary coded decimals are read digit by digit, and a digit above nine is none") {
  const Point point = point_of(RegisterType::bcd, 2);
  CHECK(decoded(point, {0x0123, 0x4567}).value == 1234567.0);
  CHECK(decoded(point, {0x0123, 0x4567}).raw == 1234567);
  CHECK(decoded(point, {0x9999, 0x9999, 0x9999, 0x9999}).raw == 9999999999999999ULL);
  for (const std::uint16_t bad : std::vector<std::uint16_t>{0x00A0, 0xF000, 0x000B, 0x0C00}) {
    CHECK(invalid(decoded(point, {0x0123, bad})));
    CHECK(invalid(decoded(point, {bad, 0x0123})));
  }
}

TEST_CASE("registers of four digits each are joined most significant first, or last where the order says so") {
  Point point = point_of(RegisterType::mod10, 2);
  CHECK(decoded(point, {12, 3456}).raw == 123456);
  CHECK(decoded(point, {1, 0, 9999}).raw == 100009999);
  CHECK(invalid(decoded(point, {12, 10000})));
  point.order = order_named("CDAB");
  CHECK(decoded(point, {3456, 12}).raw == 123456);
  CHECK(decoded(point, {9999, 0, 1}).raw == 100009999);
  CHECK(decoded(point, {4, 3, 2, 1}).raw == 1000200030004ULL);
}

TEST_CASE("a bit is taken out of the register it lies in") {
  Point point = point_of(RegisterType::bits, 1);
  CHECK(decoded(point, {0x8001}).value == 32769.0);
  point.bit = 15;
  CHECK(decoded(point, {0x8001}).value == 1.0);
  point.bit = 1;
  CHECK(decoded(point, {0x8001}).value == 0.0);
  point.bit = 20;
  CHECK(decoded(point, {0x0010, 0x0000}).value == 1.0);
  CHECK(invalid(decoded(point, {0x8001})));
  CHECK(decoded(point_of(RegisterType::bit, 1), {1}).value == 1.0);
  CHECK(decoded(point_of(RegisterType::bit, 1), {0}).value == 0.0);
}

TEST_CASE("flags and states keep their number whatever the scale") {
  Point point = point_of(RegisterType::states, 1);
  point.scale = 10;
  point.offset = 1;
  CHECK(decoded(point, {7}).value == 7.0);
}

TEST_CASE("a power factor of four quadrants folds back into -1 to 1") {
  Point point = point_of(RegisterType::s16, 1);
  point.scale = 0.001;
  point.encoding = profiles::Encoding::schneider_power_factor;
  const auto of = [&](int raw) { return decoded(point, {static_cast<std::uint16_t>(raw)}); };
  CHECK(of(950).value == doctest::Approx(0.95));
  CHECK(of(1050).value == doctest::Approx(0.95));  // leading
  CHECK(of(-950).value == doctest::Approx(-0.95));
  CHECK(of(-1050).value == doctest::Approx(-0.95));
  CHECK(of(1000).value == doctest::Approx(1.0));
  CHECK(of(2000).value == doctest::Approx(0.0));
  CHECK(invalid(of(2001)));
  CHECK(invalid(of(-2001)));
}

TEST_CASE("registers that are too few or too many for the point give nothing") {
  CHECK(invalid(decode(point_of(RegisterType::u32, 2), std::vector<std::uint16_t>{1})));
  CHECK(invalid(decode(point_of(RegisterType::u32, 2), std::vector<std::uint16_t>{1, 2, 3})));
  CHECK(invalid(decode(point_of(RegisterType::u32, 1), std::vector<std::uint16_t>{1})));
  CHECK(invalid(decode(point_of(RegisterType::mod10, 5), std::vector<std::uint16_t>{1, 2, 3, 4, 5})));
  CHECK(invalid(decode(point_of(RegisterType::u16, 0), {})));
}

TEST_CASE("a text has no number but characters, cut at its end and made printable") {
  Point point = point_of(RegisterType::text, 4);
  const std::vector<std::uint16_t> words{0x504D, 0x3533, 0x3230, 0x0000};
  CHECK(invalid(decode(point, words)));
  CHECK(decode_text(point, words) == "PM5320");
  CHECK(decode_text(point, std::vector<std::uint16_t>{0x2041, 0x4220, 0x2020}) == "AB");
  CHECK(decode_text(point, std::vector<std::uint16_t>{0x4100, 0x4243}) == "A");
  CHECK(decode_text(point, std::vector<std::uint16_t>{0x2020, 0x2020}) == "");
  CHECK(decode_text(point, std::vector<std::uint16_t>{0x41B0, 0x1B0A, 0x4243}) ==
        "A\xC2\xB0"
        "BC");
  CHECK(decode_text(point, {}) == "");
  // Carlo Gavazzi EM340: one letter in the lower half of each register
  CHECK(decode_text(point, std::vector<std::uint16_t>{0x0032, 0x0034, 0x0000, 0x0035}) == "24");
  point.order = order_named("DCBA");
  CHECK(decode_text(point, std::vector<std::uint16_t>{0x4D50, 0x3335}) == "PM53");
}

TEST_CASE("a value moves its point by another register's exponent") {
  const Reading value{.value = 1234, .raw = 1234, .quality = SampleQuality::good};
  const auto exponent = [](double number) { return Reading{.value = number, .quality = SampleQuality::good}; };
  CHECK(with_exponent(value, {.point = "x"}, exponent(-2)).value == 12.34);
  CHECK(with_exponent(value, {.point = "x"}, exponent(3)).value == 1234000.0);
  CHECK(with_exponent(value, {.point = "x", .bias = 3, .sign = -1}, exponent(5)).value == 12.34);
  CHECK(with_exponent(value, {.point = "x"}, exponent(12)).value == 1.234e15);
  CHECK(invalid(with_exponent(value, {.point = "x"}, exponent(13))));
  CHECK(invalid(with_exponent(value, {.point = "x"}, exponent(-32768))));
  CHECK(invalid(with_exponent(value, {.point = "x"}, exponent(0.5))));
  CHECK(invalid(with_exponent(value, {.point = "x"}, Reading{})));
  CHECK(invalid(with_exponent(Reading{}, {.point = "x"}, exponent(1))));
}

TEST_CASE("whatever floats a device sends and whatever they are scaled with, a good reading is a finite number") {
  const std::vector<double> odd{std::numeric_limits<double>::quiet_NaN(),
                                std::numeric_limits<double>::infinity(),
                                -std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::max(),
                                std::numeric_limits<double>::lowest(),
                                std::numeric_limits<double>::denorm_min(),
                                -0.0,
                                0.0,
                                -5.0,
                                1e300};
  std::size_t kept = 0;
  for (const double value : odd) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const std::vector<std::uint16_t> words{static_cast<std::uint16_t>(bits >> 48U),
                                           static_cast<std::uint16_t>(bits >> 32U),
                                           static_cast<std::uint16_t>(bits >> 16U), static_cast<std::uint16_t>(bits)};
    for (const double scale : {1.0, 1e9, 1e-9, -1.0}) {
      Point point = point_of(RegisterType::f64, 4);
      point.scale = scale;
      const auto reading = decoded(point, words);
      const Reading exponent{.value = 12.0, .quality = SampleQuality::good};
      for (const auto& result :
           {reading, with_exponent(reading, {.point = "e"}, exponent), with_product(reading, reading)}) {
        if (!good(result)) continue;
        ++kept;
        CHECK(std::isfinite(result.value));
      }
    }
  }
  CHECK(kept > 40);
}

TEST_CASE("a product needs both of its factors and must stay a number") {
  const Reading three{.value = 3, .raw = 30, .quality = SampleQuality::good};
  const Reading huge{.value = std::numeric_limits<double>::max(), .quality = SampleQuality::good};
  CHECK(with_product(three, three).value == 9.0);
  CHECK(with_product(three, three).raw == 30);
  CHECK(invalid(with_product(three, Reading{})));
  CHECK(invalid(with_product(Reading{}, three)));
  CHECK(invalid(with_product(three, huge)));
}

}  // namespace pue::modbus
