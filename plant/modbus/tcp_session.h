#pragma once

#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "plant/modbus/tcp_server.h"

namespace pue::plant {

/// One client's connection. Keeps itself alive while a read, a write or a late answer is under way.
class TcpSession : public std::enable_shared_from_this<TcpSession> {
 public:
  TcpSession(asio::ip::tcp::socket socket, std::shared_ptr<const Endpoint> endpoint, RequestCounts& counts)
      : socket_(std::move(socket)), endpoint_(std::move(endpoint)), counts_(counts) {}

  void start() { read(); }

 private:
  using Bytes = std::vector<std::uint8_t>;

  void read();
  /// @return whether the connection goes on.
  bool take_frames();
  bool serve(std::span<const std::uint8_t> frame);
  bool serve(Unit& unit, std::uint8_t number, std::span<const std::uint8_t> frame);
  void send(Bytes bytes);
  void send_late(Bytes bytes, std::chrono::milliseconds after);
  void drip(Bytes bytes, std::size_t from, std::chrono::milliseconds pause);
  void write();
  void close();

  asio::ip::tcp::socket socket_;
  std::shared_ptr<const Endpoint> endpoint_;
  RequestCounts& counts_;
  std::array<std::uint8_t, 512> in_{};
  std::size_t filled_ = 0;
  Bytes out_;      ///< gathered while `writing_` is under way
  Bytes writing_;  ///< empty: no write under way
};

}  // namespace pue::plant
