#include "agent/web/guess_limit.h"

#include <doctest/doctest.h>

#include <functional>

using namespace pue;
using namespace pue::web;
using namespace std::chrono_literals;

namespace {

constexpr Instant k_start{std::chrono::hours{1000}};

PeerAddress ipv4(unsigned char last) { return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, last}; }

PeerAddress ipv6(unsigned char network, unsigned char host) {
  return {0x20, 1, 0xD, 0xB8, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, host};
}

/// How many verifications of 60 ms are admitted when as many as possible are asked for, from `begin` on.
int admitted(GuessLimit& limit, Instant begin, Duration during, const std::function<PeerAddress(int)>& peer) {
  int count = 0;
  for (Instant now = begin; now < begin + during;) {
    if (limit.admits(peer(count), now)) {
      limit.took(peer(count), false, now, now + 60ms);
      now += 60ms;
      ++count;
    } else {
      now += 10ms;
    }
  }
  return count;
}

}  // namespace

TEST_CASE("an address that is wrong again and again has ten guesses, and then one in three seconds") {
  GuessLimit limit{{}};
  CHECK(admitted(limit, k_start, 1s, [](int) { return ipv4(1); }) == 10);
  const int later = admitted(limit, k_start + 1s, 60s, [](int) { return ipv4(1); });
  CHECK(later >= 19);
  CHECK(later <= 21);
  CHECK_FALSE(limit.admits(ipv4(1), k_start + 61s));
  CHECK(limit.admits(ipv4(2), k_start + 61s));
}

TEST_CASE("all addresses together take a quarter of the time, after a reserve of three seconds") {
  GuessLimit limit{{}};
  const auto many = [](int i) { return ipv6(static_cast<unsigned char>(i % 250), 1); };
  (void)admitted(limit, k_start, 30s, many);
  const int steady = admitted(limit, k_start + 30s, 100s, many);
  CHECK(steady >= 400);  // of 60 ms in 100 s: a quarter is 416
  CHECK(steady <= 430);
}

TEST_CASE("the hosts of one IPv6 network are one guesser, two IPv4 addresses are two") {
  GuessLimit limit{{}};
  CHECK(admitted(limit, k_start, 1s, [](int i) { return ipv6(7, static_cast<unsigned char>(i)); }) == 10);
  GuessLimit other{{}};
  CHECK(admitted(other, k_start, 1s, [](int i) { return ipv4(static_cast<unsigned char>(i)); }) > 10);
}

TEST_CASE("passwords that are good cost the address nothing") {
  GuessLimit limit{{}};
  for (int i = 0; i < 100; ++i) {
    const Instant now = k_start + i * 1s;
    REQUIRE(limit.admits(ipv4(1), now));
    limit.took(ipv4(1), true, now, now + 60ms);
  }
  CHECK(limit.admits(ipv4(1), k_start + 100s));
}

TEST_CASE("the number of addresses that are kept in mind is bounded") {
  GuessLimit limit{{.share = 1.0, .reserve = 1h, .wrong_in_a_row = 1, .between_wrong = 1h, .addresses = 4}};
  for (unsigned char i = 0; i < 100; ++i) {
    CHECK(limit.admits(ipv4(i), k_start));
    limit.took(ipv4(i), false, k_start, k_start);
  }
  CHECK_FALSE(limit.admits(ipv4(99), k_start));
}
