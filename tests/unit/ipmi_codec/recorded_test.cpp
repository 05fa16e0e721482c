// Conversations of programs that are not ours (record.py wrote them down): ipmitool and FreeIPMI with ipmi_sim in
// cipher suite 3, and with the simulated BMC in suite 17. Given their random numbers, our handshake says what they said
// and believes what they were told; our seal opens the packets of both ends.

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "collectors/ipmi/handshake.h"
#include "collectors/ipmi/seal.h"

using namespace pue::ipmi;

namespace {

using Octets = std::vector<std::uint8_t>;

struct Recorded {
  bool to_bmc;
  Octets bytes;

  [[nodiscard]] bool in_format_2() const { return bytes[4] == 0x06; }
  [[nodiscard]] PayloadType type() const { return PayloadType{static_cast<std::uint8_t>(bytes[5] & 0x3FU)}; }
  [[nodiscard]] bool in_session() const { return in_format_2() && (bytes[5] & 0xC0U) != 0; }
};

constexpr std::size_t k_payload = 16;

/// The part after the tag, which every program counts in its own way.
Octets after_tag(Bytes packet) { return {packet.begin() + k_payload + 1, packet.end()}; }

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

struct Conversation {
  std::string_view client;
  int suite;
  std::string_view username, password;
  Octets printed;  ///< what the client showed of Get Device ID
  std::vector<Recorded> packets;

  [[nodiscard]] CipherSuite cipher_suite() const { return CipherSuite{static_cast<std::uint8_t>(suite)}; }
  [[nodiscard]] Credentials credentials() const {
    return {.username = bytes_of(username), .password = bytes_of(password), .kg = {}};
  }
  [[nodiscard]] const Octets& packet_of(PayloadType type) const {
    return std::ranges::find_if(packets,
                                [type](const Recorded& packet) {
                                  return packet.in_format_2() && !packet.in_session() && packet.type() == type;
                                })
        ->bytes;
  }
  /// The BMC's packet with the tag that we wait for.
  [[nodiscard]] Octets answered(PayloadType type, const Handshake& handshake) const {
    auto bytes = packet_of(type);
    bytes[k_payload] = handshake.packet().written()[k_payload];
    return bytes;
  }
  [[nodiscard]] Handshake::Chance chance() const {
    Handshake::Chance chance;
    const auto& open = packet_of(PayloadType::open_session_request);
    for (std::size_t i = 4; i > 0; --i) chance.session = (chance.session << 8U) | open[k_payload + 4 + i - 1];
    std::copy_n(packet_of(PayloadType::rakp_1).begin() + k_payload + 8, 16, chance.random.begin());
    return chance;
  }
};

const std::vector<Conversation>& conversations() {
  static const std::vector<Conversation> k_conversations{
#include "tests/unit/ipmi_codec/recorded.inc"
  };
  return k_conversations;
}

constexpr PayloadType k_answers[] = {PayloadType::open_session_response, PayloadType::rakp_2, PayloadType::rakp_4};

}  // namespace

TEST_CASE("with the random numbers of ipmitool and FreeIPMI our handshake sends their bytes and opens their sessions") {
  REQUIRE(conversations().size() == 4);
  Crypto crypto;
  for (const auto& recorded : conversations()) {
    CAPTURE(recorded.client);
    CAPTURE(recorded.suite);
    const auto credentials = recorded.credentials();
    Handshake handshake{crypto, credentials, recorded.cipher_suite(), {}, recorded.chance()};
    REQUIRE(handshake.take(recorded.answered(k_answers[0], handshake)) == Handshake::Progress::next);
    CHECK(after_tag(handshake.packet().written()) == after_tag(recorded.packet_of(PayloadType::rakp_1)));
    REQUIRE(handshake.take(recorded.answered(k_answers[1], handshake)) == Handshake::Progress::next);
    CHECK(after_tag(handshake.packet().written()) == after_tag(recorded.packet_of(PayloadType::rakp_3)));
    REQUIRE(handshake.take(recorded.answered(k_answers[2], handshake)) == Handshake::Progress::done);

    Seal ours{crypto, handshake.keys()};
    auto mirrored = handshake.keys();
    std::swap(mirrored.console, mirrored.bmc);
    Seal theirs{crypto, mirrored};
    int from_bmc = 0;
    int to_bmc = 0;
    Octets told;
    for (const auto& packet : recorded.packets) {
      if (!packet.in_session()) continue;
      auto bytes = packet.bytes;
      const auto message = (packet.to_bmc ? theirs : ours).open(bytes);
      REQUIRE(message.has_value());
      ++(packet.to_bmc ? to_bmc : from_bmc);
      // function, tag and command of an answer; the last Get Device ID is the one that was asked for
      if (packet.to_bmc || (*message)[1] != 0x1C || (*message)[5] != 0x01) continue;
      const auto answer = parse_message(*message, get_device_id(), (*message)[4] >> 2U);
      REQUIRE(answer.has_value());
      told.assign(answer->data().begin(), answer->data().end());
    }
    CHECK(from_bmc >= 3);
    CHECK(to_bmc == from_bmc);
    CHECK(told == recorded.printed);
  }
}

TEST_CASE("a wrong password, user or key of the BMC does not believe the recorded BMC") {
  Crypto crypto;
  for (const auto& recorded : conversations()) {
    const auto outcome = [&](std::string_view user, std::string_view password, std::string_view kg) {
      const Credentials credentials{.username = bytes_of(user), .password = bytes_of(password), .kg = bytes_of(kg)};
      Handshake handshake{crypto, credentials, recorded.cipher_suite(), {}, recorded.chance()};
      for (const auto type : k_answers) {
        if (handshake.take(recorded.answered(type, handshake)) == Handshake::Progress::failed) {
          return handshake.failure();
        }
      }
      return pue::PollFailure::none;
    };
    const auto user = recorded.username;
    const auto password = recorded.password;
    CHECK(outcome(user, password, "") == pue::PollFailure::none);
    CHECK(outcome(user, password.substr(1), "") == pue::PollFailure::authentication);
    CHECK(outcome(user.substr(1), password, "") == pue::PollFailure::authentication);
    CHECK(outcome(user, "", "") == pue::PollFailure::authentication);
    CHECK(outcome(user, password, "k") == pue::PollFailure::wrong_signature);
  }
}

TEST_CASE("a recorded conversation in one suite is not taken for one in the other") {
  Crypto crypto;
  for (const auto& recorded : conversations()) {
    const auto credentials = recorded.credentials();
    const auto other = recorded.suite == 3 ? CipherSuite::suite_17 : CipherSuite::suite_3;
    Handshake handshake{crypto, credentials, other, {}, recorded.chance()};
    CHECK(handshake.take(recorded.answered(k_answers[0], handshake)) == Handshake::Progress::failed);
    CHECK(handshake.failure() == pue::PollFailure::cipher_refused);
  }
}
