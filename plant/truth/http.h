#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <functional>
#include <string>
#include <string_view>

namespace pue::plant {

/// The smallest HTTP server that a test or curl is content with: one request per connection, no body read, loopback
/// use. Owned by the thread that runs `io`.
class HttpPort {
 public:
  struct Answer {
    int status = 200;
    std::string body;  ///< JSON
  };
  using Serve = std::function<Answer(std::string_view method, std::string_view target)>;

  /// @param address host:port with a numeric host; IPv6 in brackets. Throws std::system_error where it cannot listen.
  HttpPort(asio::io_context& io, const std::string& address, Serve serve);
  void close();

 private:
  void accept();

  asio::ip::tcp::acceptor acceptor_;
  Serve serve_;
};

}  // namespace pue::plant
