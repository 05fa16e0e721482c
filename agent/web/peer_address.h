#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace pue::web {

/// Where a connection comes from: IPv6, IPv4 mapped into it; all zero where nobody knows.
using PeerAddress = std::array<unsigned char, 16>;

[[nodiscard]] inline PeerAddress address_of(const sockaddr* peer) {
  PeerAddress address{};
  if (peer == nullptr) return address;
  if (peer->sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, peer, sizeof six);
    std::memcpy(address.data(), &six.sin6_addr, address.size());
  } else if (peer->sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, peer, sizeof four);
    address[10] = address[11] = 0xFF;
    std::memcpy(address.data() + 12, &four.sin_addr, 4);
  }
  return address;
}

}  // namespace pue::web
