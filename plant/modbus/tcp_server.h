#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plant/modbus/answer.h"

namespace pue::plant {

/// One listening port with the units behind it. A single unit with number 0 answers to every number, as most meters
/// with an Ethernet port of their own do.
struct Endpoint {
  std::uint16_t port = 0;
  struct Place {
    std::uint8_t number = 0;
    Unit* unit = nullptr;  ///< outlives the server
  };
  std::vector<Place> units;
  bool answers = true;  ///< false: connections are accepted, requests are read and never answered
};

/// Modbus TCP on 127.0.0.1, for thousands of ports on one thread. Owned by the thread that runs `io`.
class TcpServer {
 public:
  TcpServer(asio::io_context& io, RequestCounts& counts) : io_(io), counts_(counts) {}

  /// Listens. Throws std::system_error with the port in its text where it cannot.
  void listen(Endpoint endpoint);
  /// Closes the listening sockets; connections end with the io_context.
  void close();

 private:
  struct Port;
  void accept(const std::shared_ptr<Port>& port);
  /// Out of descriptors, most likely: asking again at once would only spin.
  void accept_later(const std::shared_ptr<Port>& port);

  asio::io_context& io_;
  RequestCounts& counts_;
  std::vector<std::shared_ptr<Port>> ports_;
};

}  // namespace pue::plant
