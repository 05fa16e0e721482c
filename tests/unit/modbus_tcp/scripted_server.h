#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace pue::test {

using Bytes = std::vector<std::uint8_t>;

/// A request as the server saw it.
struct Asked {
  int connection = 0;        ///< counts up with each accepted connection
  std::uint64_t number = 0;  ///< counts up with each request
  Bytes frame;

  [[nodiscard]] std::uint16_t transaction() const { return word(0); }
  [[nodiscard]] std::uint8_t unit() const { return frame[6]; }
  [[nodiscard]] std::uint8_t function() const { return frame[7]; }
  [[nodiscard]] std::uint16_t address() const { return word(8); }
  [[nodiscard]] std::uint16_t count() const { return word(10); }

 private:
  [[nodiscard]] std::uint16_t word(std::size_t at) const {
    return static_cast<std::uint16_t>(frame[at] << 8 | frame[at + 1]);
  }
};

/// Something the server does.
struct Act {
  enum class Kind { send, close, reset } kind = Kind::send;
  Bytes bytes;
  std::chrono::milliseconds after{0};
};
using Script = std::function<std::vector<Act>(const Asked&)>;

/// What register `address` of `unit` holds: a different number for every one of them.
[[nodiscard]] constexpr std::uint16_t truth(unsigned unit, unsigned address) {
  return static_cast<std::uint16_t>(unit * 1000 + address);
}
/// The right answer.
[[nodiscard]] Bytes honest(const Asked& asked);
[[nodiscard]] Bytes exception(const Asked& asked, std::uint8_t code);
[[nodiscard]] std::vector<Act> say(Bytes bytes, std::chrono::milliseconds after = std::chrono::milliseconds{0});

/// A Modbus TCP server on a loopback port that does what the script says, in a thread of its own.
class ScriptedServer {
 public:
  /// @param on_accept what a new connection is greeted with.
  explicit ScriptedServer(Script script, std::vector<Act> on_accept = {}, std::uint16_t port = 0);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_.load(); }
  [[nodiscard]] int connections() const { return accepted_.load(); }
  [[nodiscard]] int open() const { return open_.load(); }
  /// Function codes seen so far.
  [[nodiscard]] std::set<int> functions() const;

 private:
  struct Peer {
    int socket = -1;
    Bytes received;
  };
  struct Pending {
    int connection = 0;
    Act act;
  };

  void run();
  void accept_all();
  void read(int connection);
  void plan(int connection, const std::vector<Act>& acts);
  void act(int connection, const Act& act);
  void drop(int connection);

  Script script_;
  std::vector<Act> on_accept_;
  int listener_ = -1;
  int epoll_ = -1;
  int stop_ = -1;
  std::uint16_t port_ = 0;
  std::map<int, Peer> peers_;
  std::multimap<std::chrono::steady_clock::time_point, Pending> pending_;
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<int> accepted_{0};
  std::atomic<int> open_{0};
  mutable std::mutex mutex_;
  std::set<int> functions_;
  std::thread thread_;
};

}  // namespace pue::test
