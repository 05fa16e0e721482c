#include "agent/web/listen_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

namespace pue::web {
namespace {

constexpr int k_backlog = 256;
constexpr int k_send_buffer = 256 * 1024;

std::string bound_address(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, host.data(), host.size(), port.data(),
                    port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  if (address.ss_family == AF_INET6) return "[" + std::string{host.data()} + "]:" + port.data();
  return std::string{host.data()} + ":" + port.data();
}

/// @return a listening descriptor, or -1 with errno.
int listen_on(const addrinfo& info, bool both_families) {
  const int fd = ::socket(info.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  // An agent that starts again at once must get its port back; SO_REUSEPORT, which would let two agents share it, is
  // left off.
  const int on = 1;
  const int off = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // Inherited by every connection: what a slow peer does not take waits in the shared text, not in the kernel.
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &k_send_buffer, sizeof k_send_buffer);
  if (info.ai_family == AF_INET6) {
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, both_families ? &off : &on, sizeof on);
  }
  if (::bind(fd, info.ai_addr, info.ai_addrlen) == 0 && ::listen(fd, k_backlog) == 0) return fd;
  const int reason = errno;
  ::close(fd);
  errno = reason;
  return -1;
}

}  // namespace

tl::expected<ListenAddress, std::string> listen_address_from(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return tl::unexpected{"listen address '" + std::string{text} + "': " + std::string{why}};
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("a port is missing, as in 127.0.0.1:10442");
  auto host = text.substr(0, colon);
  const auto port_text = text.substr(colon + 1);
  ListenAddress address;
  const auto* end = port_text.data() + port_text.size();
  const auto parsed = std::from_chars(port_text.data(), end, address.port);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return wrong("the port must be a number from 0 to 65535");
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 3) return wrong("an IPv6 address is written [::1]:10442");
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return wrong("an IPv6 address is written in brackets, as in [::1]:10442");
  }
  address.host = host;
  return address;
}

bool is_loopback(std::string_view bound) { return bound.starts_with("127.") || bound.starts_with("[::1]:"); }

tl::expected<Listener, std::string> Listener::open(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  const auto port = std::to_string(address.port);
  const auto shown =
      (address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]") + ":" + port;
  addrinfo* found = nullptr;
  const char* host = address.host.empty() ? nullptr : address.host.c_str();
  if (const int error = ::getaddrinfo(host, port.c_str(), &hints, &found); error != 0) {
    return tl::unexpected{"cannot listen on " + shown + ": " + ::gai_strerror(error)};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};
  int reason = EADDRNOTAVAIL;
  // For all addresses the IPv6 socket goes first: it takes IPv4 as well.
  for (const int family : {AF_INET6, AF_INET}) {
    for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
      const bool wanted = host != nullptr ? family == AF_INET : info->ai_family == family;
      if (!wanted) continue;
      if (const int fd = listen_on(*info, host == nullptr); fd >= 0) return Listener{fd, bound_address(fd)};
      reason = errno;
    }
    if (host == nullptr && reason == EADDRINUSE) break;  // IPv4 alone would hide that somebody else has the port
  }
  return tl::unexpected{"cannot listen on " + shown + ": " + std::strerror(reason)};
}

Listener::~Listener() {
  if (fd_ >= 0) ::close(fd_);
}

int Listener::release() { return std::exchange(fd_, -1); }

}  // namespace pue::web
