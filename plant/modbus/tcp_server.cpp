#include "plant/modbus/tcp_server.h"

#include <asio/steady_timer.hpp>
#include <chrono>
#include <string>
#include <system_error>

#include "plant/modbus/tcp_session.h"

namespace pue::plant {

struct TcpServer::Port {
  asio::ip::tcp::acceptor acceptor;
  std::shared_ptr<const Endpoint> endpoint;
};

void TcpServer::listen(Endpoint endpoint) {
  const asio::ip::tcp::endpoint address{asio::ip::address_v4::loopback(), endpoint.port};
  asio::ip::tcp::acceptor acceptor{io_};
  try {
    acceptor.open(address.protocol());
    acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true));
    acceptor.bind(address);
    acceptor.listen(16);
  } catch (const std::system_error& error) {
    throw std::system_error{error.code(), "port " + std::to_string(endpoint.port)};
  }
  auto port = std::make_shared<Port>(Port{std::move(acceptor), std::make_shared<const Endpoint>(std::move(endpoint))});
  ports_.push_back(port);
  accept(port);
}

void TcpServer::accept(const std::shared_ptr<Port>& port) {
  // The pointer is kept by `ports_` until the server closes; the handler must not keep a closed port alive.
  port->acceptor.async_accept(
      [this, weak = std::weak_ptr(port)](const asio::error_code& error, asio::ip::tcp::socket socket) {
        const auto still = weak.lock();
        if (!still || error == asio::error::operation_aborted) return;
        if (error) return accept_later(still);
        asio::error_code ignored;
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        std::make_shared<TcpSession>(std::move(socket), still->endpoint, counts_)->start();
        accept(still);
      });
}

void TcpServer::accept_later(const std::shared_ptr<Port>& port) {
  auto timer = std::make_shared<asio::steady_timer>(io_, std::chrono::milliseconds{200});
  timer->async_wait([this, timer, weak = std::weak_ptr(port)](const asio::error_code& error) {
    const auto still = weak.lock();
    if (!error && still) accept(still);
  });
}

void TcpServer::close() { ports_.clear(); }

}  // namespace pue::plant
