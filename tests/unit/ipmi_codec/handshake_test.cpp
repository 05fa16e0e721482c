#include "collectors/ipmi/handshake.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace pue;
using namespace pue::ipmi;

namespace {

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

std::string hexadecimal(Bytes bytes) {
  std::string text;
  for (const auto byte : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

const Credentials k_credentials{.username = bytes_of("pue"), .password = bytes_of("pue-pass"), .kg = {}};

/// What a BMC says to the packet that the handshake would send now: `status`, and then `rest`.
std::vector<std::uint8_t> said(const Handshake& handshake, PayloadType type, std::uint8_t status,
                               std::vector<std::uint8_t> rest = {}) {
  std::vector<std::uint8_t> payload{handshake.packet().written()[16], status};
  payload.insert(payload.end(), rest.begin(), rest.end());
  const auto packet = bare_packet(type, payload);
  return {packet.written().begin(), packet.written().end()};
}

/// An acceptance of Open Session with the given algorithms.
std::vector<std::uint8_t> accepted(const Handshake& handshake, std::uint8_t authentication, std::uint8_t integrity,
                                   std::uint8_t confidentiality) {
  std::vector<std::uint8_t> rest{0x04, 0x00};
  const auto console = handshake.keys().console;
  for (unsigned i = 0; i < 4; ++i) rest.push_back(static_cast<std::uint8_t>(console >> (8 * i)));
  rest.insert(rest.end(), {0x78, 0x56, 0x34, 0x12});
  std::uint8_t kind = 0;
  for (const auto algorithm : {authentication, integrity, confidentiality}) {
    rest.insert(rest.end(), {kind++, 0, 0, 8, algorithm, 0, 0, 0});
  }
  return said(handshake, PayloadType::open_session_response, 0, rest);
}

}  // namespace

TEST_CASE("the HMACs are those of RFC 2202 and RFC 4231, of an empty key too") {
  Crypto crypto;
  const auto key = bytes_of("Jefe");
  const auto text = bytes_of("what do ya want for nothing?");
  CHECK(hexadecimal(crypto.hmac(CipherSuite::suite_3, key, {text}).bytes()) ==
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  CHECK(hexadecimal(crypto.hmac(CipherSuite::suite_17, key, {text.first(10), text.subspan(10)}).bytes()) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hexadecimal(crypto.hmac(CipherSuite::suite_3, {}, {}).bytes()) == "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

TEST_CASE("AES-128-CBC is that of NIST SP 800-38A, and takes whole blocks only") {
  Crypto crypto;
  const std::vector<std::uint8_t> key{0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                      0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
  const std::vector<std::uint8_t> iv{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  std::vector<std::uint8_t> block{0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
                                  0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a};
  const auto plain = block;
  REQUIRE(crypto.encrypt(key, iv, block));
  CHECK(hexadecimal(block) == "7649abac8119b246cee98e9b12e9197d");
  REQUIRE(crypto.decrypt(key, iv, block));
  CHECK(block == plain);
  block.pop_back();
  CHECK_FALSE(crypto.encrypt(key, iv, block));
  CHECK_FALSE(crypto.decrypt(key, Bytes{iv}.first(8), block));
}

TEST_CASE("a BMC that accepts another suite than the one asked for is refused") {
  Crypto crypto;
  const struct {
    std::uint8_t authentication, integrity, confidentiality;
    Handshake::Progress progress;
  } answers[] = {{3, 4, 1, Handshake::Progress::next},    // suite 17, as asked
                 {1, 1, 1, Handshake::Progress::failed},  // suite 3
                 {3, 4, 0, Handshake::Progress::failed},  // no encryption
                 {3, 0, 1, Handshake::Progress::failed},  // no integrity
                 {0, 0, 0, Handshake::Progress::failed}};
  for (const auto& answer : answers) {
    Handshake handshake{crypto, k_credentials, CipherSuite::suite_17, {}};
    CHECK(handshake.take(accepted(handshake, answer.authentication, answer.integrity, answer.confidentiality)) ==
          answer.progress);
    if (answer.progress == Handshake::Progress::failed) CHECK(handshake.failure() == PollFailure::cipher_refused);
  }
}

TEST_CASE("each status code of a refusal becomes what it means to the operator") {
  Crypto crypto;
  const std::pair<int, PollFailure> codes[] = {
      {0x01, PollFailure::session_refused}, {0x0B, PollFailure::session_refused}, {0x04, PollFailure::cipher_refused},
      {0x05, PollFailure::cipher_refused},  {0x10, PollFailure::cipher_refused},  {0x11, PollFailure::cipher_refused},
      {0x09, PollFailure::privilege},       {0x0A, PollFailure::privilege},       {0x0D, PollFailure::authentication},
      {0x0F, PollFailure::authentication},  {0x02, PollFailure::refused},         {0x12, PollFailure::refused},
      {0xC0, PollFailure::refused}};
  for (const auto& [code, failure] : codes) {
    Handshake handshake{crypto, k_credentials, CipherSuite::suite_17, {}};
    CHECK(handshake.take(said(handshake, PayloadType::open_session_response, static_cast<std::uint8_t>(code))) ==
          Handshake::Progress::failed);
    CHECK(handshake.failure() == failure);
    CHECK(handshake.status() == code);
  }
}

TEST_CASE("what is not the answer that is waited for is ignored: other steps, tags, sessions, and cut ones") {
  Crypto crypto;
  Handshake handshake{crypto, k_credentials, CipherSuite::suite_17, {}};
  const auto good = accepted(handshake, 3, 4, 1);
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(handshake.take(Bytes{good}.first(size)) == Handshake::Progress::ignored);
  }
  CHECK(handshake.take(said(handshake, PayloadType::rakp_2, 0x0D)) == Handshake::Progress::ignored);
  auto other_tag = good;
  other_tag[16] = static_cast<std::uint8_t>(other_tag[16] + 1);
  CHECK(handshake.take(other_tag) == Handshake::Progress::ignored);
  auto other_session = good;
  other_session[20] = static_cast<std::uint8_t>(other_session[20] + 1);
  CHECK(handshake.take(other_session) == Handshake::Progress::ignored);
  auto shorter_inside = good;
  shorter_inside[14] = 20;
  CHECK(handshake.take(shorter_inside) == Handshake::Progress::ignored);
  CHECK(handshake.take(good) == Handshake::Progress::next);
  CHECK(handshake.take(good) == Handshake::Progress::ignored);
}

TEST_CASE("a RAKP 2 whose code is not that of the password is a wrong password, whatever it claims") {
  Crypto crypto;
  Handshake handshake{crypto, k_credentials, CipherSuite::suite_17, {}};
  REQUIRE(handshake.take(accepted(handshake, 3, 4, 1)) == Handshake::Progress::next);
  std::vector<std::uint8_t> rest{0, 0};
  for (unsigned i = 0; i < 4; ++i) rest.push_back(static_cast<std::uint8_t>(handshake.keys().console >> (8 * i)));
  rest.insert(rest.end(), 16 + 16 + 32, 0x55);
  CHECK(handshake.take(said(handshake, PayloadType::rakp_2, 0, rest)) == Handshake::Progress::failed);
  CHECK(handshake.failure() == PollFailure::authentication);
}

TEST_CASE("no two handshakes have the same session or the same random number") {
  Crypto crypto;
  Handshake first{crypto, k_credentials, CipherSuite::suite_3, {}};
  Handshake second{crypto, k_credentials, CipherSuite::suite_3, {}};
  CHECK(first.keys().console != second.keys().console);
  CHECK(first.keys().console != 0);
}
