#include "tests/unit/modbus_tcp/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <stdexcept>

namespace pue::test {
namespace {

constexpr int k_listener = -1;
constexpr int k_stop = -2;

void watch(int epoll, int socket, int tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = tag;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

}  // namespace

Bytes honest(const Asked& asked) {
  Bytes data;
  if (asked.function() <= 2) {
    data.resize((asked.count() + 7U) / 8U);
    for (unsigned i = 0; i < asked.count(); ++i) {
      if (truth(asked.unit(), asked.address() + i) % 2 == 1)
        data[i / 8] = static_cast<std::uint8_t>(data[i / 8] | 1U << i % 8);
    }
  } else {
    for (unsigned i = 0; i < asked.count(); ++i) {
      const auto value = truth(asked.unit(), asked.address() + i);
      data.push_back(static_cast<std::uint8_t>(value >> 8));
      data.push_back(static_cast<std::uint8_t>(value & 0xFF));
    }
  }
  Bytes frame(9 + data.size());
  std::copy_n(asked.frame.begin(), 2, frame.begin());
  frame[5] = static_cast<std::uint8_t>(data.size() + 3);
  frame[6] = asked.unit();
  frame[7] = asked.function();
  frame[8] = static_cast<std::uint8_t>(data.size());
  std::copy(data.begin(), data.end(), frame.begin() + 9);
  return frame;
}

Bytes exception(const Asked& asked, std::uint8_t code) {
  return {asked.frame[0],
          asked.frame[1],
          0,
          0,
          0,
          3,
          asked.unit(),
          static_cast<std::uint8_t>(asked.function() | 0x80),
          code};
}

std::vector<Act> say(Bytes bytes, std::chrono::milliseconds after) {
  return {{.kind = Act::Kind::send, .bytes = std::move(bytes), .after = after}};
}

ScriptedServer::ScriptedServer(Script script, std::vector<Act> on_accept, std::uint16_t port)
    : script_(std::move(script)), on_accept_(std::move(on_accept)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port = ::htons(port);
  socklen_t size = sizeof(address);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 4096) != 0) {
    throw std::runtime_error{"no loopback port for the test server"};
  }
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ::ntohs(address.sin_port);
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  watch(epoll_, listener_, k_listener);
  watch(epoll_, stop_, k_stop);
  thread_ = std::thread{[this] { run(); }};
}

ScriptedServer::~ScriptedServer() {
  const std::uint64_t one = 1;
  if (::write(stop_, &one, sizeof(one)) == sizeof(one)) thread_.join();
  for (auto& [connection, peer] : peers_) ::close(peer.socket);
  ::close(listener_);
  ::close(epoll_);
  ::close(stop_);
}

std::set<int> ScriptedServer::functions() const {
  const std::scoped_lock lock{mutex_};
  return functions_;
}

void ScriptedServer::run() {
  for (;;) {
    int wait = -1;
    const auto now = std::chrono::steady_clock::now();
    while (!pending_.empty() && pending_.begin()->first <= now) {
      const auto next = pending_.begin()->second;
      pending_.erase(pending_.begin());
      act(next.connection, next.act);
    }
    if (!pending_.empty()) {
      wait = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(pending_.begin()->first - now).count());
    }
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait);
    for (int i = 0; i < count; ++i) {
      const int tag = events[static_cast<std::size_t>(i)].data.fd;
      if (tag == k_stop) return;
      if (tag == k_listener) {
        accept_all();
      } else {
        read(tag);
      }
    }
  }
}

void ScriptedServer::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const int connection = accepted_.fetch_add(1);
    ++open_;
    peers_[connection] = {.socket = socket, .received = {}};
    watch(epoll_, socket, connection);
    plan(connection, on_accept_);
  }
}

void ScriptedServer::read(int connection) {
  const auto found = peers_.find(connection);
  if (found == peers_.end()) return;
  auto& received = found->second.received;
  std::array<std::uint8_t, 4096> buffer{};
  const auto got = ::recv(found->second.socket, buffer.data(), buffer.size(), 0);
  if (got <= 0) return drop(connection);
  received.insert(received.end(), buffer.begin(), buffer.begin() + got);
  while (received.size() >= 6) {
    const std::size_t size = 6U + static_cast<std::size_t>(received[4] << 8 | received[5]);
    if (received.size() < size) break;
    Asked asked{.connection = connection, .number = requests_.fetch_add(1), .frame = {}};
    asked.frame.assign(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(size));
    received.erase(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(size));
    {
      const std::scoped_lock lock{mutex_};
      functions_.insert(asked.function());
    }
    plan(connection, script_(asked));
    if (!peers_.contains(connection)) return;
  }
}

void ScriptedServer::plan(int connection, const std::vector<Act>& acts) {
  for (const auto& next : acts) {
    if (next.after.count() == 0) {
      act(connection, next);
    } else {
      pending_.emplace(std::chrono::steady_clock::now() + next.after, Pending{connection, next});
    }
  }
}

void ScriptedServer::act(int connection, const Act& act) {
  const auto found = peers_.find(connection);
  if (found == peers_.end()) return;
  if (act.kind == Act::Kind::send) {
    (void)!::send(found->second.socket, act.bytes.data(), act.bytes.size(), MSG_NOSIGNAL);
    return;
  }
  if (act.kind == Act::Kind::reset) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(found->second.socket, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }
  drop(connection);
}

void ScriptedServer::drop(int connection) {
  ::close(peers_[connection].socket);
  peers_.erase(connection);
  --open_;
}

}  // namespace pue::test
