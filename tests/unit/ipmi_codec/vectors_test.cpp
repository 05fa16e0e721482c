// Whole log-ins whose every code another program has computed (make_vectors.py), with keys of the BMC, with the longest
// and the emptiest names and passwords, and with the two departures from the specification that change a code.

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "collectors/ipmi/handshake.h"
#include "collectors/ipmi/seal.h"

using namespace pue;
using namespace pue::ipmi;

namespace {

using Octets = std::vector<std::uint8_t>;

struct Vector {
  int suite;
  std::string_view username, password, kg;
  int privilege;
  bool role_without_lookup, integrity_with_sik;
  Octets rakp_2, rakp_3, rakp_4, integrity, confidentiality, shortest, longer;
};

const std::vector<Vector>& vectors() {
  static const std::vector<Vector> k_vectors{
#include "tests/unit/ipmi_codec/vectors.inc"
  };
  return k_vectors;
}

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

Octets copied(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

constexpr std::uint8_t k_tag = 0xFE;  // goes round within a log-in
constexpr std::size_t k_payload = 16;

template <std::size_t N>
std::array<std::uint8_t, N> counted_up(std::uint8_t from) {
  std::array<std::uint8_t, N> bytes{};
  std::generate(bytes.begin(), bytes.end(), [&from] { return from++; });
  return bytes;
}

/// The console of a vector; the BMC's packets for it follow.
struct LogIn {
  explicit LogIn(const Vector& of)
      : credentials{.username = bytes_of(of.username),
                    .password = bytes_of(of.password),
                    .kg = bytes_of(of.kg),
                    .privilege = Privilege{static_cast<std::uint8_t>(of.privilege)}},
        handshake(crypto, credentials, CipherSuite{static_cast<std::uint8_t>(of.suite)},
                  {.role_without_lookup = of.role_without_lookup, .integrity_with_sik = of.integrity_with_sik},
                  {.random = counted_up<16>(0x30), .session = 0xA0A1A2A3, .tag = k_tag}) {}

  Crypto crypto;
  Credentials credentials;
  Handshake handshake;
};

const Octets k_console{0xA3, 0xA2, 0xA1, 0xA0};
const Octets k_bmc{0x17, 0x4B, 0x00, 0x02};

Octets packet_of(PayloadType type, std::uint8_t tag, const std::vector<Octets>& parts) {
  Octets payload{tag, 0, 0, 0};
  for (const auto& part : parts) payload.insert(payload.end(), part.begin(), part.end());
  return copied(bare_packet(type, payload).written());
}

Octets accepted(const Vector& vector) {
  const std::uint8_t authentication = vector.suite == 3 ? 1 : 3;
  const std::uint8_t integrity = vector.suite == 3 ? 1 : 4;
  return packet_of(PayloadType::open_session_response, k_tag,
                   {k_console,
                    k_bmc,
                    {0, 0, 0, 8, authentication, 0, 0, 0},
                    {1, 0, 0, 8, integrity, 0, 0, 0},
                    {2, 0, 0, 8, 1, 0, 0, 0}});
}

Octets rakp_2(const Octets& code) {
  return packet_of(PayloadType::rakp_2, k_tag + 1,
                   {k_console, copied(counted_up<16>(0xC0)), copied(counted_up<16>(0x70)), code});
}

Octets rakp_4(const Octets& code) { return packet_of(PayloadType::rakp_4, 0x00, {k_console, code}); }

}  // namespace

TEST_CASE("a log-in says and believes what another program has computed, and comes to the same keys") {
  REQUIRE(vectors().size() == 10);
  for (const auto& vector : vectors()) {
    CAPTURE(vector.suite);
    CAPTURE(vector.username);
    LogIn log_in{vector};
    REQUIRE(log_in.handshake.take(accepted(vector)) == Handshake::Progress::next);
    const auto first = copied(log_in.handshake.packet().written());
    CHECK(Octets(first.begin() + k_payload + 8, first.begin() + k_payload + 24) == copied(counted_up<16>(0x30)));
    CHECK(first[k_payload + 24] == (0x10 | vector.privilege));
    CHECK(first[k_payload + 27] == vector.username.size());
    CHECK_FALSE(log_in.handshake.proven());
    REQUIRE(log_in.handshake.take(rakp_2(vector.rakp_2)) == Handshake::Progress::next);
    CHECK(log_in.handshake.proven());
    const auto proof = copied(log_in.handshake.packet().written());
    CHECK(Octets(proof.begin() + k_payload + 4, proof.begin() + k_payload + 8) == k_bmc);
    CHECK(Octets(proof.begin() + k_payload + 8, proof.end()) == vector.rakp_3);
    REQUIRE(log_in.handshake.take(rakp_4(vector.rakp_4)) == Handshake::Progress::done);
    CHECK(copied(log_in.handshake.keys().integrity.bytes()) == vector.integrity);
    CHECK(copied(log_in.handshake.keys().confidentiality.bytes()) == vector.confidentiality);
  }
}

TEST_CASE("a packet that another program has sealed is opened, whatever its length") {
  for (const auto& vector : vectors()) {
    LogIn log_in{vector};
    REQUIRE(log_in.handshake.take(accepted(vector)) == Handshake::Progress::next);
    REQUIRE(log_in.handshake.take(rakp_2(vector.rakp_2)) == Handshake::Progress::next);
    REQUIRE(log_in.handshake.take(rakp_4(vector.rakp_4)) == Handshake::Progress::done);
    Seal seal{log_in.crypto, log_in.handshake.keys()};
    auto shortest = vector.shortest;
    const auto refusal = seal.open(shortest);
    REQUIRE(refusal.has_value());
    const auto refused = parse_message(*refusal, get_device_id(), 21);
    REQUIRE(refused.has_value());
    CHECK(refused->completion_code == 0xC1);
    auto longer = vector.longer;
    const auto message = seal.open(longer);
    REQUIRE(message.has_value());
    const auto answer = parse_message(*message, get_device_id(), 21);
    REQUIRE(answer.has_value());
    CHECK(copied(answer->data()) == Octets{0x20, 0x81, 0x02, 0x10, 0x02, 0x9F, 0x91, 0x12});
  }
}

TEST_CASE("a code of RAKP 2 with any one bit changed is a wrong password, one of RAKP 4 a wrong signature") {
  for (const auto& vector : vectors()) {
    for (std::size_t i = 0; i < vector.rakp_2.size(); ++i) {
      LogIn log_in{vector};
      REQUIRE(log_in.handshake.take(accepted(vector)) == Handshake::Progress::next);
      auto code = vector.rakp_2;
      code[i] = static_cast<std::uint8_t>(code[i] ^ (1U << i % 8));
      CHECK(log_in.handshake.take(rakp_2(code)) == Handshake::Progress::failed);
      CHECK(log_in.handshake.failure() == PollFailure::authentication);
      CHECK_FALSE(log_in.handshake.proven());
    }
    for (std::size_t i = 0; i < vector.rakp_4.size(); ++i) {
      LogIn log_in{vector};
      REQUIRE(log_in.handshake.take(accepted(vector)) == Handshake::Progress::next);
      REQUIRE(log_in.handshake.take(rakp_2(vector.rakp_2)) == Handshake::Progress::next);
      auto code = vector.rakp_4;
      code[i] = static_cast<std::uint8_t>(code[i] ^ (1U << i % 8));
      CHECK(log_in.handshake.take(rakp_4(code)) == Handshake::Progress::failed);
      CHECK(log_in.handshake.failure() == PollFailure::wrong_signature);
    }
  }
}

TEST_CASE("a RAKP message cut anywhere is passed over, and the whole one is still taken") {
  const auto& vector = vectors()[3];
  LogIn log_in{vector};
  REQUIRE(log_in.handshake.take(accepted(vector)) == Handshake::Progress::next);
  const auto cut = [&log_in](const Octets& whole) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CHECK(log_in.handshake.take(Bytes{whole}.first(size)) == Handshake::Progress::ignored);
      // and with a length that says so
      auto shorter = Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      if (size > k_payload) shorter[14] = static_cast<std::uint8_t>(size - k_payload);
      CHECK(log_in.handshake.take(shorter) == Handshake::Progress::ignored);
    }
  };
  cut(rakp_2(vector.rakp_2));
  REQUIRE(log_in.handshake.take(rakp_2(vector.rakp_2)) == Handshake::Progress::next);
  cut(rakp_4(vector.rakp_4));
  CHECK(log_in.handshake.take(rakp_4(vector.rakp_4)) == Handshake::Progress::done);
}

TEST_CASE("what a BMC needs that departs from the specification is said only to one that is known to need it") {
  // The vectors with and without a departure have different proofs and keys: nothing is tried by guessing.
  const auto& plain = vectors()[0];
  LogIn log_in{plain};
  CHECK(log_in.handshake.packet().written()[k_payload + 1] == 0);  // Open Session: highest privilege
  Crypto crypto;
  const Handshake asking{crypto, log_in.credentials, CipherSuite::suite_3, {.open_session_privilege = true}};
  CHECK(asking.packet().written()[k_payload + 1] == 2);
}
