#include "config/network_range.h"

#include <doctest/doctest.h>

using pue::config::expand_network;
using pue::config::is_network;

namespace {

constexpr std::size_t k_most = 1024;

std::string refusal(std::string_view text, std::size_t most = k_most) {
  const auto all = expand_network(text, most);
  REQUIRE_FALSE(all.has_value());
  return all.error();
}

}  // namespace

TEST_CASE("a network is all its hosts, without its own address and the one of everybody") {
  const auto all = expand_network("10.2.0.0/24", k_most);
  REQUIRE(all.has_value());
  CHECK(all->size() == 254);
  CHECK(all->front() == "10.2.0.1");
  CHECK(all->back() == "10.2.0.254");
  const auto across = expand_network("10.2.255.0/22", k_most);
  CHECK_FALSE(across.has_value());
  const auto four = expand_network("10.2.252.0/22", k_most);
  REQUIRE(four.has_value());
  CHECK(four->size() == 1022);
  CHECK((*four)[255] == "10.2.253.0");
  CHECK(four->back() == "10.2.255.254");
}

TEST_CASE("a port goes to each host") {
  const auto all = expand_network("192.168.7.8/30:6230", k_most);
  REQUIRE(all.has_value());
  CHECK(*all == std::vector<std::string>{"192.168.7.9:6230", "192.168.7.10:6230"});
}

TEST_CASE("the smallest networks, where there is nothing but hosts (RFC 3021)") {
  CHECK(*expand_network("10.0.0.4/31", k_most) == std::vector<std::string>{"10.0.0.4", "10.0.0.5"});
  CHECK(*expand_network("10.0.0.4/32", k_most) == std::vector<std::string>{"10.0.0.4"});
  CHECK(*expand_network("255.255.255.254/31", k_most) ==
        std::vector<std::string>{"255.255.255.254", "255.255.255.255"});
}

TEST_CASE("a network too large to be asked is refused before it is written out") {
  CHECK(refusal("10.0.0.0/21") == "more than 1024 hosts");
  CHECK(refusal("0.0.0.0/0") == "more than 1024 hosts");
  CHECK(refusal("10.0.0.0/24", 253) == "more than 253 hosts");
  CHECK(expand_network("10.0.0.0/24", 254).has_value());
}

TEST_CASE("an address inside a network is told the network it may have meant") {
  CHECK(refusal("10.2.0.17/24") == "not the first address of its network, which is 10.2.0.0/24");
}

TEST_CASE("what is no IPv4 network is refused") {
  for (const auto* text : {"10.2.0.0/33", "10.2.0.0/", "10.2.0.0/-1", "10.2.0.0/+8", "10.2.0.0/24x", "10.2.0/24", "/24",
                           "node/24", "fd00::/120", "[fd00::]/120", "10.2.0.0/24/24", "10.{0-3}.0.0/24",
                           "10.2.0.0/99999999999", "10.2.0.0:623/24", "10.2.0.0", ""}) {
    CAPTURE(text);
    CHECK(refusal(text) == "expected an IPv4 network such as 10.2.0.0/24");
  }
  CHECK(is_network("10.2.0.0/24"));
  CHECK_FALSE(is_network("10.2.0.{1-254}"));
}
