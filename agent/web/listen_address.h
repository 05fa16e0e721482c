#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace pue::web {

/// `127.0.0.1:10442`, `[::1]:10442`, `localhost:10442`; `:10442` means all addresses.
struct ListenAddress {
  std::string host;  ///< without brackets; empty: all
  std::uint16_t port = 0;
};

/// @return the address, or what is wrong with it in a sentence.
[[nodiscard]] tl::expected<ListenAddress, std::string> listen_address_from(std::string_view text);

/// @param bound as Listener::bound() has it. @return whether none but this machine can reach it.
[[nodiscard]] bool is_loopback(std::string_view bound);

/// A listening socket, closed with its owner.
class Listener {
 public:
  /// Binds and listens; port 0 takes any free one. Without a host it listens on IPv6 and IPv4 together, or on IPv4
  /// alone where the machine has no IPv6.
  [[nodiscard]] static tl::expected<Listener, std::string> open(const ListenAddress& address);

  Listener(Listener&& other) noexcept : fd_(other.release()), bound_(std::move(other.bound_)) {}
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  [[nodiscard]] int fd() const { return fd_; }
  /// @return the address in use as a client would write it, e.g. "[::1]:10442".
  [[nodiscard]] const std::string& bound() const { return bound_; }
  /// The caller closes the descriptor from now on.
  [[nodiscard]] int release();

 private:
  Listener(int fd, std::string bound) : fd_(fd), bound_(std::move(bound)) {}

  int fd_;
  std::string bound_;
};

}  // namespace pue::web
