#include "collectors/ipmi/udp_socket.h"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/redirect_error.hpp>

#include "collectors/net/name_lookup.h"

namespace pue::ipmi {
namespace {

constexpr auto k_lookup_look = std::chrono::milliseconds{10};

PollFailure failure_of(const asio::error_code& error) {
  if (!error || error == asio::error::would_block || error == asio::error::try_again ||
      error == asio::error::no_buffer_space) {
    return PollFailure::none;
  }
  return error == asio::error::connection_refused ? PollFailure::connect_refused : PollFailure::connect_failed;
}

Duration rest(Instant deadline) { return std::max(deadline - BootClock::now(), Duration{}); }

}  // namespace

UdpSocket::UdpSocket(asio::io_context& context)
    : life_(std::make_shared<Life>(context)), timer_(context.get_executor()) {}

Task<PollFailure> UdpSocket::connect(std::string host, std::uint16_t port, Instant deadline, unsigned turn) {
  close();
  auto addresses = net::NameLookup::numeric(host, port);
  if (addresses.empty()) {
    const auto lookup = net::NameLookup::begin(host, port);
    while (!lookup->done() && BootClock::now() < deadline) co_await wait_until(BootClock::now() + k_lookup_look);
    if (lookup->done()) addresses = lookup->addresses();
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto endpoint = net::endpoint_of<asio::ip::udp::endpoint>(addresses[(turn + i) % addresses.size()]);
    asio::error_code error;
    life_->socket.open(endpoint.protocol(), error);
    if (!error) life_->socket.non_blocking(true, error);
    if (!error) life_->socket.connect(endpoint, error);
    if (!error) co_return PollFailure::none;
    close();
  }
  co_return PollFailure::connect_failed;
}

void UdpSocket::close() {
  asio::error_code ignored;
  life_->socket.close(ignored);
}

PollFailure UdpSocket::send(std::span<const std::uint8_t> packet) {
  asio::error_code error;
  life_->socket.send(asio::buffer(packet.data(), packet.size()), 0, error);
  return failure_of(error);
}

Task<tl::expected<std::size_t, PollFailure>> UdpSocket::receive(std::span<std::uint8_t> buffer, Instant deadline) {
  while (BootClock::now() < deadline) {
    timer_.expires_after(rest(deadline));
    timer_.async_wait([life = life_, wait = ++life_->wait](const asio::error_code& error) {
      // A timer that rang just before it was cancelled must not end the next wait.
      if (error || life->wait != wait) return;
      asio::error_code ignored;
      life->socket.cancel(ignored);
    });
    asio::error_code error;
    co_await life_->socket.async_wait(Socket::wait_read, asio::redirect_error(k_awaitable, error));
    ++life_->wait;
    timer_.cancel();
    // Read only now: the buffer belongs to all sockets of the thread.
    const auto size = error ? 0 : life_->socket.receive(asio::buffer(buffer.data(), buffer.size()), 0, error);
    if (!error) co_return size;
    if (error == asio::error::operation_aborted) break;
    const auto failure = failure_of(error);
    if (failure != PollFailure::none) co_return tl::unexpected(failure);
    // Woken for a datagram that the kernel has thrown away, its checksum being wrong: wait on.
  }
  co_return tl::unexpected(PollFailure::timeout);
}

Task<void> UdpSocket::wait_until(Instant instant) {
  asio::error_code ignored;
  timer_.expires_after(rest(instant));
  co_await timer_.async_wait(asio::redirect_error(k_awaitable, ignored));
}

void UdpSocket::interrupt() {
  asio::error_code ignored;
  timer_.cancel();
  life_->socket.cancel(ignored);
}

}  // namespace pue::ipmi
