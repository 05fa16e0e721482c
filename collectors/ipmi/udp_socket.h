#pragma once

#include <asio/basic_datagram_socket.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/ip/udp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>

#include "agent/units/time.h"
#include "collectors/ipmi/bmc.h"

namespace pue::ipmi {

using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// A connected UDP socket: what comes from elsewhere is not seen, and an ICMP refusal is. Used by one thread.
class UdpSocket {
 public:
  explicit UdpSocket(asio::io_context& context);

  /// Looks the name up where it is one, until `deadline`, and connects to one of its addresses.
  /// @param turn counts up with the attempts, so that each address has its turn: UDP does not tell which one is dead.
  [[nodiscard]] Task<PollFailure> connect(std::string host, std::uint16_t port, Instant deadline, unsigned turn = 0);
  [[nodiscard]] bool connected() const { return life_->socket.is_open(); }
  void close();

  /// Sends a datagram, or drops it where the system has no room for it: that is a lost packet like any other.
  /// @return connect_refused or connect_failed where the last one came to nothing.
  [[nodiscard]] PollFailure send(std::span<const std::uint8_t> packet);
  /// Waits for a datagram until `deadline` and takes it. After that there is none, however many have arrived: who
  /// sends without end does not get more time. `buffer` is touched in the last moment only, so that all sockets of a
  /// thread can share one.
  /// @return its size, at most that of `buffer`; or timeout, connect_refused, connect_failed.
  [[nodiscard]] Task<tl::expected<std::size_t, PollFailure>> receive(std::span<std::uint8_t> buffer, Instant deadline);
  /// Passes the time.
  [[nodiscard]] Task<void> wait_until(Instant instant);
  /// Ends a wait that is under way, if any, as if its time were over.
  void interrupt();

 private:
  using Socket = asio::basic_datagram_socket<asio::ip::udp, Executor>;
  /// What a timer's handler may still touch when the socket's owner has gone.
  struct Life {
    Life(asio::io_context& context) : socket(context.get_executor()) {}
    Socket socket;
    std::uint64_t wait = 0;
  };

  std::shared_ptr<Life> life_;
  SteadyTimer timer_;
};

}  // namespace pue::ipmi
