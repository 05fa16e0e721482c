#include "plant/truth/http.h"

#include <array>
#include <asio/buffer.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <charconv>
#include <chrono>
#include <memory>
#include <system_error>

namespace pue::plant {
namespace {

constexpr std::size_t k_longest_head = 8192;
constexpr auto k_patience = std::chrono::seconds{5};

asio::ip::tcp::endpoint endpoint_of(const std::string& address) {
  const auto colon = address.rfind(':');
  std::uint16_t port = 0;
  auto host = colon == std::string::npos ? std::string{} : address.substr(0, colon);
  const auto* end = address.data() + address.size();
  if (colon == std::string::npos || std::from_chars(address.data() + colon + 1, end, port).ptr != end || port == 0) {
    throw std::system_error{EINVAL, std::generic_category(), "expected host:port, got " + address};
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.empty() || host == "localhost") host = "127.0.0.1";
  return {asio::ip::make_address(host), port};
}

/// One connection, kept alive by what is under way.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(asio::ip::tcp::socket socket, const HttpPort::Serve& serve)
      : socket_(std::move(socket)), timer_(socket_.get_executor(), k_patience), serve_(serve) {}

  void start() {
    timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error) self->close();
    });
    read();
  }

 private:
  void read() {
    socket_.async_read_some(asio::buffer(chunk_),
                            [self = shared_from_this()](const asio::error_code& error, std::size_t count) {
                              if (error) return self->end();
                              self->head_.append(self->chunk_.data(), count);
                              if (self->head_.find("\r\n\r\n") != std::string::npos) return self->respond();
                              if (self->head_.size() > k_longest_head) return self->end();
                              self->read();
                            });
  }

  void respond() {
    const auto line = std::string_view{head_}.substr(0, head_.find("\r\n"));
    const auto first = line.find(' ');
    const auto second = line.find(' ', first == std::string_view::npos ? first : first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) return end();
    const auto answer = serve_(line.substr(0, first), line.substr(first + 1, second - first - 1));
    const std::string reason = answer.status == 200 ? "OK" : answer.status == 404 ? "Not Found" : "Bad Request";
    out_ = "HTTP/1.1 " + std::to_string(answer.status) + " " + reason +
           "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
           std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
    asio::async_write(socket_, asio::buffer(out_),
                      [self = shared_from_this()](const asio::error_code&, std::size_t) { self->end(); });
  }

  void end() {
    timer_.cancel();
    close();
  }
  void close() {
    asio::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  const HttpPort::Serve& serve_;
  std::array<char, 1024> chunk_{};
  std::string head_;
  std::string out_;
};

}  // namespace

HttpPort::HttpPort(asio::io_context& io, const std::string& address, Serve serve)
    : acceptor_(io), serve_(std::move(serve)) {
  const auto endpoint = endpoint_of(address);
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(asio::ip::tcp::acceptor::reuse_address(true));
  acceptor_.bind(endpoint);
  acceptor_.listen();
  accept();
}

void HttpPort::accept() {
  acceptor_.async_accept([this](const asio::error_code& error, asio::ip::tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) std::make_shared<Exchange>(std::move(socket), serve_)->start();
    accept();
  });
}

void HttpPort::close() {
  asio::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace pue::plant
