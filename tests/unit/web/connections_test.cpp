#include "agent/web/connections.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <vector>

using namespace pue;
using namespace pue::web;
using namespace std::chrono_literals;

namespace {

/// One end of a socket pair for the connection under test; the other end tells whether it was shut down.
struct Pair {
  Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0); }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    ::close(fds[0]);
    ::close(fds[1]);
  }
  [[nodiscard]] bool shut() const {
    char byte;
    return ::recv(fds[1], &byte, 1, 0) == 0;
  }
  int fds[2];
};

sockaddr_in peer(unsigned char last) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x0A000000U + last);
  return address;
}

struct Room {
  explicit Room(Connections::Limits limits) : connections{limits, [this](Cut reason) { cuts.push_back(reason); }} {}

  Pair& open(Instant now, unsigned char from = 1) {
    const auto address = peer(from);
    auto& pair = pairs.emplace_back();
    connections.opened(&pair, pair.fds[0], reinterpret_cast<const sockaddr*>(&address), now);
    return pair;
  }

  std::deque<Pair> pairs;
  std::vector<Cut> cuts;
  Connections connections;
};

constexpr Instant at(Duration since) { return Instant{since}; }

}  // namespace

TEST_CASE("a connection whose request is not complete in time is shut down") {
  Room room{{.header_time = 5s}};
  const auto& slow = room.open(at(0s));
  const auto& late = room.open(at(3s));
  room.connections.sweep(at(4999ms));
  CHECK_FALSE(slow.shut());
  room.connections.sweep(at(5s));
  CHECK(slow.shut());
  CHECK_FALSE(late.shut());
  CHECK(room.cuts == std::vector{Cut::deadline});
}

TEST_CASE("an answer has a deadline of its own, and after it the next request has one again") {
  Room room{{.header_time = 5s, .answer_time = 10s}};
  const auto& pair = room.open(at(0s));
  room.connections.request_complete(&pair, at(4s));
  room.connections.sweep(at(13s));
  CHECK_FALSE(pair.shut());
  room.connections.answer_taken(&pair, at(13s));
  room.connections.sweep(at(17s));
  CHECK_FALSE(pair.shut());
  room.connections.sweep(at(18s));
  CHECK(pair.shut());
}

TEST_CASE("an answer that is not taken in time ends the connection") {
  Room room{{.header_time = 5s, .answer_time = 10s}};
  const auto& pair = room.open(at(0s));
  room.connections.request_complete(&pair, at(1s));
  room.connections.sweep(at(11s));
  CHECK(pair.shut());
}

TEST_CASE("a connection is shut down once only, however late its owner closes it") {
  Room room{{.header_time = 5s}};
  const auto& pair = room.open(at(0s));
  room.connections.sweep(at(6s));
  room.connections.sweep(at(7s));
  CHECK(room.cuts.size() == 1);
  room.connections.closed(&pair);
  CHECK(room.connections.size() == 0);
}

TEST_CASE("one address beyond its limit loses its longest waiting connection, others keep theirs") {
  Room room{{.total = 100, .per_address = 2}};
  const auto& other = room.open(at(0s), 9);
  const auto& answering = room.open(at(1s));
  room.connections.request_complete(&answering, at(1s));
  const auto& waiting = room.open(at(2s));
  const auto& newest = room.open(at(3s));
  CHECK(waiting.shut());
  CHECK_FALSE(answering.shut());
  CHECK_FALSE(newest.shut());
  CHECK_FALSE(other.shut());
  CHECK(room.cuts == std::vector{Cut::crowded});
}

TEST_CASE("a full server makes room for a newcomer from another address") {
  Room room{{.total = 3, .per_address = 3}};
  const auto& oldest = room.open(at(0s), 1);
  room.open(at(1s), 2);
  room.open(at(2s), 3);
  const auto& newcomer = room.open(at(3s), 4);
  CHECK(oldest.shut());
  CHECK_FALSE(newcomer.shut());
}

TEST_CASE("a newcomer is refused when everybody is being answered") {
  Room room{{.total = 2, .per_address = 2}};
  for (int i = 0; i < 2; ++i) room.connections.request_complete(&room.open(at(0s)), at(0s));
  const auto& newcomer = room.open(at(1s));
  CHECK(newcomer.shut());
  CHECK_FALSE(room.pairs[0].shut());
}

TEST_CASE("an IPv4 address counts as one whether it came over an IPv4 or an IPv6 socket") {
  Room room{{.total = 100, .per_address = 1}};
  const auto& four = room.open(at(0s), 7);
  sockaddr_in6 mapped{};
  mapped.sin6_family = AF_INET6;
  const unsigned char bytes[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 7};
  std::copy(std::begin(bytes), std::end(bytes), mapped.sin6_addr.s6_addr);
  auto& six = room.pairs.emplace_back();
  room.connections.opened(&six, six.fds[0], reinterpret_cast<const sockaddr*>(&mapped), at(1s));
  CHECK(four.shut());
  CHECK_FALSE(six.shut());
}
