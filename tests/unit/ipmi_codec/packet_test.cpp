#include "collectors/ipmi/packet.h"

#include <doctest/doctest.h>

#include <vector>

using namespace pue::ipmi;

namespace {

std::vector<std::uint8_t> copied(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// A message as a BMC would send it, checksums included.
std::vector<std::uint8_t> reply(std::uint8_t function, std::uint8_t command, std::uint8_t tag, std::uint8_t code,
                                std::vector<std::uint8_t> data) {
  std::vector<std::uint8_t> message{0x81, static_cast<std::uint8_t>(function << 2U)};
  const auto checksum = [&](std::size_t from) {
    unsigned sum = 0;
    for (std::size_t i = from; i < message.size(); ++i) sum += message[i];
    message.push_back(static_cast<std::uint8_t>(0x100U - (sum & 0xFFU)));
  };
  checksum(0);
  message.insert(message.end(), {0x20, static_cast<std::uint8_t>(tag << 2U), command, code});
  message.insert(message.end(), data.begin(), data.end());
  checksum(3);
  return message;
}

}  // namespace

TEST_CASE("a request is written byte for byte as ipmitool sends it") {
  PacketWriter out;
  append_message(out, get_device_id(), 1);
  // netFn App, checksum of the first two, software id 81h, tag 1, command, checksum of these three
  CHECK(copied(out.written()) == std::vector<std::uint8_t>{0x20, 0x18, 0xC8, 0x81, 0x04, 0x01, 0x7A});
}

TEST_CASE("a request before the session has the old format and asks for what IPMI 2.0 can do") {
  const auto packet = packet_before_session(get_channel_authentication_capabilities(0x02), 0);
  CHECK(copied(packet.written()) == std::vector<std::uint8_t>{0x06, 0x00, 0xFF, 0x07, 0x00, 0x00, 0x00, 0x00,
                                                              0x00, 0x00, 0x00, 0x00, 0x00, 0x09, 0x20, 0x18,
                                                              0xC8, 0x81, 0x00, 0x38, 0x8E, 0x02, 0xB7});
}

TEST_CASE("an answer is that of the function, command and tag that were asked, and of no other") {
  const auto request = get_device_id();
  const auto good = reply(0x07, 0x01, 9, 0x00, {0x20, 0x81});
  const auto answer = parse_message(good, request, 9);
  REQUIRE(answer.has_value());
  CHECK(answer->ok());
  CHECK(copied(answer->data()) == std::vector<std::uint8_t>{0x20, 0x81});
  CHECK_FALSE(parse_message(good, request, 10).has_value());
  CHECK_FALSE(parse_message(reply(0x05, 0x01, 9, 0, {}), request, 9).has_value());
  CHECK_FALSE(parse_message(reply(0x07, 0x02, 9, 0, {}), request, 9).has_value());
  CHECK_FALSE(parse_message(reply(0x06, 0x01, 9, 0, {}), request, 9).has_value());  // a request is no answer
  const auto refused = parse_message(reply(0x07, 0x01, 9, 0xC1, {}), request, 9);
  REQUIRE(refused.has_value());
  CHECK(refused->completion_code == 0xC1);
}

TEST_CASE("a message with any byte changed or cut off is no answer, but for a checksum that is known to be wrong") {
  const auto request = get_device_id();
  const auto good = reply(0x07, 0x01, 9, 0x00, {0x20, 0x81, 0x03});
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<std::uint8_t>(bad[i] ^ 0x10U);
    CHECK_FALSE(parse_message(bad, request, 9).has_value());
    CHECK_FALSE(parse_message(Bytes{good}.first(i), request, 9).has_value());
  }
  auto sloppy = good;
  sloppy.back() = static_cast<std::uint8_t>(sloppy.back() + 1);
  CHECK_FALSE(parse_message(sloppy, request, 9).has_value());
  CHECK(parse_message(sloppy, request, 9, true).has_value());
}

TEST_CASE("a message longer than any the specification knows is none") {
  CHECK(parse_message(reply(0x07, 0x01, 9, 0, std::vector<std::uint8_t>(250)), get_device_id(), 9).has_value());
  CHECK_FALSE(parse_message(reply(0x07, 0x01, 9, 0, std::vector<std::uint8_t>(251)), get_device_id(), 9).has_value());
}

TEST_CASE("a packet that is shorter than it says, or of another class or format, is none") {
  const std::vector<std::uint8_t> payload{1, 2, 3, 4};
  const auto packet = copied(bare_packet(PayloadType::rakp_1, payload).written());
  REQUIRE(parse_packet(packet).has_value());
  CHECK(parse_packet(packet)->type == PayloadType::rakp_1);
  CHECK(parse_packet(packet)->payload_size == 4);
  for (std::size_t size = 0; size < packet.size(); ++size)
    CHECK_FALSE(parse_packet(Bytes{packet}.first(size)).has_value());
  for (const auto& [at, value] : {std::pair<std::size_t, std::uint8_t>{0, 0x05}, {3, 0x06}, {4, 0x02}, {5, 0x16}}) {
    auto other = packet;
    other[at] = value;
    CHECK_FALSE(parse_packet(other).has_value());
  }
}

TEST_CASE("a writer that is full says so and writes nothing beyond its end") {
  PacketWriter out;
  for (std::size_t i = 0; i < k_most_packet; ++i) out.byte(7);
  CHECK(out.complete());
  out.byte(8);
  CHECK_FALSE(out.complete());
  CHECK(out.written().empty());
}
