#include <netinet/tcp.h>
#include <asio/redirect_error.hpp>

#include "agent/log/log.h"
#include "collectors/modbus/tcp_session.h"

/// The part of a session that makes the connection.
namespace pue::modbus {
namespace {

constexpr auto k_lookup_look = std::chrono::milliseconds{10};

}  // namespace

/// Numeric addresses at once; names by the lookup threads, for as long as the deadline allows.
Task<std::vector<net::SocketAddress>> TcpSession::addresses() {
  auto found = net::NameLookup::numeric(address_.host, address_.port);
  if (!found.empty()) co_return found;
  const auto lookup = net::NameLookup::begin(address_.host, address_.port);
  while (!lookup->done() && !stopping_ && BootClock::now() < connect_deadline_) {
    asio::error_code ignored;
    wake_.expires_after(k_lookup_look);
    co_await wake_.async_wait(asio::redirect_error(k_awaitable, ignored));
  }
  if (lookup->done()) found = lookup->addresses();
  co_return found;
}

Task<PollFailure> TcpSession::connect() {
  phase_ = Phase::connecting;
  const auto deadline = loop_.now() + connect_timeout_;
  connect_deadline_ = deadline;
  set_alarm();
  auto failure = PollFailure::connect_failed;
  for (const auto& address : co_await addresses()) {
    if (stopping_ || BootClock::now() >= deadline) break;
    const auto endpoint = net::endpoint_of<asio::ip::tcp::endpoint>(address);
    asio::error_code error;
    socket_.close(error);
    socket_.open(endpoint.protocol(), error);
    if (error) break;
    co_await socket_.async_connect(endpoint, asio::redirect_error(k_awaitable, error));
    if (!error) {
      socket_.set_option(asio::ip::tcp::no_delay{true}, error);
      failure = PollFailure::none;
      break;
    }
    failure = error == asio::error::connection_refused ? PollFailure::connect_refused : PollFailure::connect_failed;
  }
  if (failure == PollFailure::none && !socket_.is_open()) failure = PollFailure::connect_failed;
  phase_ = Phase::idle;
  co_return failure;
}

void TcpSession::connected() {
  phase_ = Phase::connected;
  not_before_ = loop_.now() + bus_.pause_after_connect;
  if (unreachable_) {
    // The way is there again: all who slept because of it are asked at once, not one by one.
    unreachable_ = false;
    for (auto& unit : units_) {
      if (!unit.health.dormant()) continue;
      unit.health.wake();
      for (auto& poll : unit.polls) {
        if (!poll.queued) push_back(poll, loop_.now());
      }
    }
  }
  pump();
}

/// Charges every unit that waited to be asked.
void TcpSession::connect_failed(PollFailure failure) {
  asio::error_code ignored;
  socket_.close(ignored);
  unreachable_ = true;
  const auto now = loop_.now();
  while (first_ != nullptr) {
    auto& poll = *first_;
    first_ = poll.behind;
    --loop_.waiting;
    auto& unit = *poll.unit;
    const bool sleeps = unit.health.dormant() && !unit.probed;
    if (!sleeps) {
      unit.health.failed(failure, now);
      unit.program.went_silent();
    }
    unit.active = &poll;
    finish(poll);
  }
  last_ = nullptr;
  // Nobody can be reached: one attempt a period is enough for all.
  rotation_.disarm();
  if (dormant() > 0) rotation_.schedule(now, 1);
  set_alarm();
}

}  // namespace pue::modbus
