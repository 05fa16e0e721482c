#include "collectors/modbus/wire.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace pue;
using namespace pue::modbus;

namespace {

using Bytes = std::vector<std::uint8_t>;

PollFailure parse(const ReadRequest& request, const Bytes& frame) {
  std::vector<std::uint16_t> words(request.count);
  return parse_read(request, frame, words);
}

}  // namespace

// The example of "MODBUS Application Protocol Specification V1.1b3", 6.3: registers 108-110 hold 555, 0 and 100.
TEST_CASE("a read of holding registers is built and answered as in the specification's example") {
  const ReadRequest request{.unit = 0x11, .function = ReadFunction::holding_registers, .address = 0x6B, .count = 3};
  const auto bytes = build_read(0x1234, request);
  CHECK(Bytes(bytes.begin(), bytes.end()) == Bytes{0x12, 0x34, 0, 0, 0, 6, 0x11, 0x03, 0x00, 0x6B, 0x00, 0x03});

  const Bytes answer{0x12, 0x34, 0, 0, 0, 9, 0x11, 0x03, 0x06, 0x02, 0x2B, 0x00, 0x00, 0x00, 0x64};
  const auto header = parse_header(answer);
  REQUIRE(header);
  CHECK(header->transaction == 0x1234);
  CHECK(header->size == answer.size());
  std::array<std::uint16_t, 3> words{};
  CHECK(parse_read(request, answer, words) == PollFailure::none);
  CHECK(words == std::array<std::uint16_t, 3>{555, 0, 100});
}

// The same document, 6.1: coils 20 to 38 are CD 6B 05.
TEST_CASE("coils come as single bits, least significant first") {
  const ReadRequest request{.unit = 1, .function = ReadFunction::coils, .address = 0x13, .count = 19};
  const Bytes answer{0, 1, 0, 0, 0, 6, 1, 0x01, 0x03, 0xCD, 0x6B, 0x05};
  std::array<std::uint16_t, 19> bits{};
  CHECK(parse_read(request, answer, bits) == PollFailure::none);
  CHECK(bits == std::array<std::uint16_t, 19>{1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1});
}

TEST_CASE("only the four reads are well formed") {
  for (unsigned function = 0; function < 256; ++function) {
    const ReadRequest request{.function = static_cast<ReadFunction>(function), .count = 1};
    CHECK(well_formed(request) == (function >= 1 && function <= 4));
  }
  CHECK(well_formed({.function = ReadFunction::input_registers, .address = 65'411, .count = 125}));
  CHECK_FALSE(well_formed({.function = ReadFunction::input_registers, .address = 65'412, .count = 125}));
  CHECK_FALSE(well_formed({.function = ReadFunction::input_registers, .count = 126}));
  CHECK_FALSE(well_formed({.function = ReadFunction::input_registers, .count = 0}));
  CHECK(well_formed({.function = ReadFunction::coils, .count = 2000}));
  CHECK_FALSE(well_formed({.function = ReadFunction::coils, .count = 2001}));
}

TEST_CASE("a header is followed only with protocol 0 and a length of 2 to 254") {
  CHECK(parse_header(Bytes{0, 1, 0, 0, 0, 2}).value().size == 8);
  CHECK(parse_header(Bytes{0, 1, 0, 0, 0, 254}).value().size == 260);
  CHECK(parse_header(Bytes{0, 1, 0, 1, 0, 5}).error() == PollFailure::wrong_protocol);
  CHECK(parse_header(Bytes{0, 1, 1, 0, 0, 5}).error() == PollFailure::wrong_protocol);
  for (const unsigned length : {0U, 1U, 255U, 256U, 65'535U}) {
    const Bytes header{0, 1, 0, 0, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
    CHECK(parse_header(header).error() == PollFailure::wrong_length);
  }
  CHECK(parse_header(Bytes{0, 1, 0, 0, 0}).error() == PollFailure::wrong_length);
}

TEST_CASE("an answer must be that of the unit, the function and the count asked for") {
  const ReadRequest request{.unit = 7, .function = ReadFunction::input_registers, .count = 1};
  CHECK(parse(request, {0, 1, 0, 0, 0, 5, 7, 4, 2, 0, 9}) == PollFailure::none);
  CHECK(parse(request, {0, 1, 0, 0, 0, 5, 8, 4, 2, 0, 9}) == PollFailure::wrong_unit);
  CHECK(parse(request, {0, 1, 0, 0, 0, 5, 7, 3, 2, 0, 9}) == PollFailure::wrong_function);
  CHECK(parse(request, {0, 1, 0, 0, 0, 3, 7, 0x83, 2}) == PollFailure::wrong_function);
  CHECK(parse(request, {0, 1, 0, 0, 0, 4, 7, 4, 1, 9}) == PollFailure::wrong_byte_count);
  CHECK(parse(request, {0, 1, 0, 0, 0, 7, 7, 4, 4, 0, 9, 0, 9}) == PollFailure::wrong_byte_count);
  CHECK(parse(request, {0, 1, 0, 0, 0, 6, 7, 4, 2, 0, 9, 9}) == PollFailure::wrong_length);
  CHECK(parse(request, {0, 1, 0, 0, 0, 4, 7, 4, 2, 0}) == PollFailure::wrong_length);
  CHECK(parse(request, {0, 1, 0, 0, 0, 2, 7, 4}) == PollFailure::wrong_length);
  CHECK(parse(request, {0, 1, 0, 0, 0, 2, 7, 0x84}) == PollFailure::wrong_length);
  CHECK(parse(request, {0, 1, 0, 0, 0, 4, 7, 0x84, 2, 0}) == PollFailure::wrong_length);
  CHECK(parse(request, {0, 1, 0, 0, 0, 3, 7, 0x84, 2}) == PollFailure::illegal_address);
}

TEST_CASE("identification objects are taken from a whole frame only, as clean text") {
  const IdentifyRequest request{.unit = 1, .code = IdentifyCode::basic};
  const auto bytes = build_identify(9, request);
  CHECK(Bytes(bytes.begin(), bytes.end()) == Bytes{0, 9, 0, 0, 0, 5, 1, 43, 14, 1, 0});

  const Bytes sound{0, 9, 0, 0, 0, 15, 1, 43, 14, 1, 0x81, 0xFF, 2, 2, 0, 2, 'A', 0xFF, 1, 1, '\n'};
  const auto reply = parse_identify(request, sound);
  REQUIRE(reply);
  CHECK(reply->more_follows);
  CHECK(reply->next_object == 2);
  REQUIRE(reply->objects.size() == 2);
  CHECK(reply->objects[0].text == "A\u00FF");
  CHECK(reply->objects[1].text.find('\n') == std::string::npos);

  for (std::size_t size = 0; size < sound.size(); ++size) {
    CHECK_FALSE(parse_identify(request, std::span{sound}.first(size)).has_value());
  }
  auto lying = sound;
  lying[15] = 200;
  CHECK(parse_identify(request, lying).error() == PollFailure::wrong_length);
}
