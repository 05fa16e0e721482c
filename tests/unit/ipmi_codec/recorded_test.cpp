// A conversation of two programs that are not ours, ipmitool and ipmi_sim, in cipher suite 3 (record.py wrote it down):
// our handshake, given ipmitool's random numbers, says what ipmitool said and believes what ipmi_sim said; our seal
// opens the packets of both.

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "collectors/ipmi/handshake.h"
#include "collectors/ipmi/seal.h"

using namespace pue::ipmi;

namespace {

struct Recorded {
  bool to_bmc;
  std::vector<std::uint8_t> bytes;

  [[nodiscard]] PayloadType type() const { return PayloadType{static_cast<std::uint8_t>(bytes[5] & 0x3FU)}; }
  [[nodiscard]] bool in_session() const { return bytes[4] == 0x06 && (bytes[5] & 0xC0U) != 0; }
};

const std::vector<Recorded>& conversation() {
  static const std::vector<Recorded> k_conversation{
#include "tests/unit/ipmi_codec/recorded.inc"
  };
  return k_conversation;
}

const Recorded& packet_of(PayloadType type) {
  return *std::ranges::find_if(conversation(), [&](const Recorded& packet) {
    return packet.bytes[4] == 0x06 && !packet.in_session() && packet.type() == type;
  });
}

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

constexpr std::size_t k_payload = 16;

/// The part after the tag, which every program counts in its own way.
std::vector<std::uint8_t> after_tag(Bytes packet) { return {packet.begin() + k_payload + 1, packet.end()}; }

/// The BMC's packet with the tag that we wait for.
std::vector<std::uint8_t> answered(PayloadType type, const Handshake& handshake) {
  auto bytes = packet_of(type).bytes;
  bytes[k_payload] = handshake.packet().written()[k_payload];
  return bytes;
}

Handshake::Chance chance_of_ipmitool() {
  Handshake::Chance chance;
  const auto& open = packet_of(PayloadType::open_session_request).bytes;
  for (std::size_t i = 4; i > 0; --i) chance.session = (chance.session << 8U) | open[k_payload + 4 + i - 1];
  std::copy_n(packet_of(PayloadType::rakp_1).bytes.begin() + k_payload + 8, 16, chance.random.begin());
  return chance;
}

}  // namespace

TEST_CASE("with ipmitool's random numbers our handshake sends its bytes and opens the session of ipmi_sim") {
  Crypto crypto;
  const Credentials credentials{.username = bytes_of("pue"), .password = bytes_of("pue-pass"), .kg = {}};
  Handshake handshake{crypto, credentials, CipherSuite::suite_3, {}, chance_of_ipmitool()};
  REQUIRE(handshake.take(answered(PayloadType::open_session_response, handshake)) == Handshake::Progress::next);
  CHECK(after_tag(handshake.packet().written()) == after_tag(packet_of(PayloadType::rakp_1).bytes));
  REQUIRE(handshake.take(answered(PayloadType::rakp_2, handshake)) == Handshake::Progress::next);
  CHECK(after_tag(handshake.packet().written()) == after_tag(packet_of(PayloadType::rakp_3).bytes));
  REQUIRE(handshake.take(answered(PayloadType::rakp_4, handshake)) == Handshake::Progress::done);

  Seal ours{crypto, handshake.keys()};
  auto mirrored = handshake.keys();
  std::swap(mirrored.console, mirrored.bmc);
  Seal theirs{crypto, mirrored};
  int from_bmc = 0;
  int to_bmc = 0;
  bool identified = false;
  for (const auto& packet : conversation()) {
    if (!packet.in_session()) continue;
    auto bytes = packet.bytes;
    const auto message = (packet.to_bmc ? theirs : ours).open(bytes);
    REQUIRE(message.has_value());
    ++(packet.to_bmc ? to_bmc : from_bmc);
    if (packet.to_bmc || (*message)[5] != 0x01) continue;
    // the device that support_ipmi.py configures: device id 20h, firmware 9.8, manufacturer 1291h, product 0F02h
    const std::vector<std::uint8_t> begin{0x00, 0x20, 0x03, 0x09, 0x08, 0x02, 0x9F, 0x91, 0x12, 0x00, 0x02, 0x0F};
    identified = identified || std::equal(begin.begin(), begin.end(), message->begin() + 6);
  }
  CHECK(from_bmc >= 3);
  CHECK(to_bmc >= 3);
  CHECK(identified);
}

TEST_CASE("a wrong password, user or key of the BMC does not believe the recorded BMC") {
  Crypto crypto;
  const auto outcome = [&](std::string_view user, std::string_view password, std::string_view kg) {
    const Credentials credentials{.username = bytes_of(user), .password = bytes_of(password), .kg = bytes_of(kg)};
    Handshake handshake{crypto, credentials, CipherSuite::suite_3, {}, chance_of_ipmitool()};
    for (const auto type : {PayloadType::open_session_response, PayloadType::rakp_2, PayloadType::rakp_4}) {
      if (handshake.take(answered(type, handshake)) == Handshake::Progress::failed) return handshake.failure();
    }
    return pue::PollFailure::none;
  };
  CHECK(outcome("pue", "pue-pass", "") == pue::PollFailure::none);
  CHECK(outcome("pue", "pue-pas", "") == pue::PollFailure::authentication);
  CHECK(outcome("pu", "pue-pass", "") == pue::PollFailure::authentication);
  CHECK(outcome("pue", "", "") == pue::PollFailure::authentication);
  CHECK(outcome("pue", "pue-pass", "k") == pue::PollFailure::wrong_signature);
}
