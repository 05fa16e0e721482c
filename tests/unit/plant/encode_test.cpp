#include "plant/devices/encode.h"

#include <doctest/doctest.h>

#include <bit>

using namespace pue::plant;
using pue::profiles::Point;
using pue::profiles::PointKind;
using pue::profiles::RegisterType;

namespace {

Point point(RegisterType type, std::uint16_t words, double scale = 1.0) {
  Point p;
  p.type = type;
  p.words = words;
  p.scale = scale;
  return p;
}

}  // namespace

TEST_CASE("a float stands most significant word first") {
  const auto words = encode(point(RegisterType::f32, 2), 1234.5);  // 0x449A5000
  CHECK(words[0] == 0x449A);
  CHECK(words[1] == 0x5000);
}

TEST_CASE("the low word comes first where the profile says CDAB") {
  auto p = point(RegisterType::s32, 2, 0.1);
  p.order = {.swap_words = true};
  const auto words = encode(p, 40'000.04);  // raw 400,000 = 0x00061A80
  CHECK(words[0] == 0x1A80);
  CHECK(words[1] == 0x0006);
}

TEST_CASE("bytes change places where the profile says BADC") {
  auto p = point(RegisterType::u32, 2);
  p.order = {.swap_bytes = true};
  const auto words = encode(p, 0x01020304);
  CHECK(words[0] == 0x0201);
  CHECK(words[1] == 0x0403);
}

TEST_CASE("64 bits turn wholly round for GHEFCDAB") {
  auto p = point(RegisterType::u64, 4);
  p.order = {.swap_words = true, .swap_dwords = true};
  const auto words = encode(p, 4.0 * 65536.0 * 65536.0 * 65536.0 + 3.0);
  CHECK(words[0] == 3);
  CHECK(words[3] == 4);
}

TEST_CASE("a negative power is two's complement") {
  CHECK(encode(point(RegisterType::s16, 1), -2.0)[0] == 0xFFFE);
  const auto words = encode(point(RegisterType::s32, 2, 0.01), -1.0);  // raw -100
  CHECK(words[0] == 0xFFFF);
  CHECK(words[1] == 0xFF9C);
}

TEST_CASE("a gauge shows the nearest step, a counter the last full one") {
  CHECK(encode(point(RegisterType::u16, 1, 0.1), 23.46)[0] == 235);
  auto counter = point(RegisterType::u32, 2, 360'000.0);  // 100 Wh in joules
  counter.kind = PointKind::counter;
  CHECK(encode(counter, 2.99 * 360'000.0)[1] == 2);
}

TEST_CASE("a counter starts again at its modulus") {
  auto counter = point(RegisterType::u32, 2);
  counter.kind = PointKind::counter;
  const double range = 4294967296.0;
  const auto rolled = encode(counter, range + 1500.0, range);
  CHECK(rolled[0] == 0);
  CHECK(rolled[1] == 1500);
}

TEST_CASE("a value beyond the register stops at its end") {
  CHECK(encode(point(RegisterType::u16, 1), 1e9)[0] == 0xFFFF);
  CHECK(encode(point(RegisterType::u16, 1), -5.0)[0] == 0);
  CHECK(encode(point(RegisterType::s16, 1), -1e9)[0] == 0x8000);
  CHECK(encode(point(RegisterType::s16, 1), 1e9)[0] == 0x7FFF);
}

TEST_CASE("decimal registers hold their digits") {
  const auto bcd = encode(point(RegisterType::bcd, 2), 12'345'678.0);
  CHECK(bcd[0] == 0x1234);
  CHECK(bcd[1] == 0x5678);
  const auto mod10 = encode(point(RegisterType::mod10, 2), 12'345'678.0);
  CHECK(mod10[0] == 1234);
  CHECK(mod10[1] == 5678);
}

TEST_CASE("what a device does not have is its profile's invalid pattern") {
  auto p = point(RegisterType::s32, 2);
  p.invalid = {0x7FFFFFFF};
  CHECK(encode_absent(p)[0] == 0x7FFF);
  CHECK(encode_absent(p)[1] == 0xFFFF);
  CHECK(encode_absent(point(RegisterType::s32, 2))[0] == 0);
}
