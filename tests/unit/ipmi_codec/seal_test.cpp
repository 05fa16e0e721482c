#include "collectors/ipmi/seal.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace pue::ipmi;

namespace {

const std::array<std::uint8_t, 32> k_key{1, 2, 3, 4, 5, 6, 7, 8, 9};

SessionKeys keys_of(CipherSuite suite, std::uint32_t console, std::uint32_t bmc) {
  return {.suite = suite,
          .console = console,
          .bmc = bmc,
          .integrity = KeyBytes{std::span{k_key}.first(hmac_size(suite))},
          .confidentiality = KeyBytes{std::span{k_key}.last(16)}};
}

/// Both ends of a session with the same keys.
struct Ends {
  explicit Ends(CipherSuite suite)
      : ours(crypto, keys_of(suite, 0x11, 0x22)), theirs(crypto, keys_of(suite, 0x22, 0x11)) {}
  Crypto crypto;
  Seal ours;
  Seal theirs;
};

std::vector<std::uint8_t> copied(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

TEST_CASE("a message of any length comes out at the other end as it went in, in both suites") {
  for (const auto suite : {CipherSuite::suite_3, CipherSuite::suite_17}) {
    Ends ends{suite};
    for (std::size_t size = 1; size <= 255; ++size) {
      std::vector<std::uint8_t> message(size);
      for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<std::uint8_t>(i * 7 + size);
      auto packet = copied(ends.theirs.seal(message).written());
      REQUIRE(packet.size() > size);
      if (size > 4) CHECK(std::search(packet.begin(), packet.end(), message.begin(), message.end()) == packet.end());
      const auto opened = ends.ours.open(packet);
      REQUIRE(opened.has_value());
      CHECK(copied(*opened) == message);
    }
  }
}

TEST_CASE("a packet with any byte changed is no packet of the session, and leaves no trace in it") {
  Ends ends{CipherSuite::suite_17};
  const std::vector<std::uint8_t> message{0x81, 0x1C, 0x63, 0x20, 0x04, 0x01, 0x00};
  const auto good = copied(ends.theirs.seal(message).written());
  for (std::size_t i = 4; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<std::uint8_t>(bad[i] ^ 0x01U);
    CHECK_FALSE(ends.ours.open(bad).has_value());
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    auto cut = good;
    cut.resize(size);
    CHECK_FALSE(ends.ours.open(cut).has_value());
  }
  auto packet = good;
  CHECK(ends.ours.open(packet).has_value());
}

TEST_CASE("a packet is taken once") {
  Ends ends{CipherSuite::suite_3};
  const std::vector<std::uint8_t> message{1, 2, 3};
  const auto packet = copied(ends.theirs.seal(message).written());
  auto first = packet;
  auto second = packet;
  CHECK(ends.ours.open(first).has_value());
  CHECK(ends.ours.open(second).error() == Rejection::replayed);
}

TEST_CASE("a packet that is authenticated but not encrypted, or of another session, is foreign") {
  Crypto crypto;
  Ends ends{CipherSuite::suite_17};
  Seal other{crypto, keys_of(CipherSuite::suite_17, 0x22, 0x33)};
  auto foreign = copied(other.seal(std::vector<std::uint8_t>{1}).written());
  CHECK(ends.ours.open(foreign).error() == Rejection::foreign);
  auto open = copied(ends.theirs.seal(std::vector<std::uint8_t>{1}).written());
  open[5] = 0x40;
  CHECK(ends.ours.open(open).error() == Rejection::foreign);
}

TEST_CASE("sequence numbers may come out of order within the window, once each, and round the end of their range") {
  SequenceWindow window;
  CHECK_FALSE(window.take(0));
  CHECK(window.take(100));
  CHECK(window.take(90));
  CHECK_FALSE(window.take(90));
  CHECK(window.take(101));
  CHECK_FALSE(window.take(100));
  CHECK(window.take(70));        // 31 behind
  CHECK_FALSE(window.take(69));  // 32 behind
  CHECK(window.take(10'000));
  CHECK_FALSE(window.take(101));

  SequenceWindow wrapping;
  CHECK(wrapping.take(0xFFFFFFFE));
  CHECK(wrapping.take(3));
  CHECK(wrapping.take(0xFFFFFFFF));
  CHECK_FALSE(wrapping.take(0xFFFFFFFE));
  CHECK_FALSE(wrapping.take(3));
  CHECK(wrapping.take(2));
}
