#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "agent/units/time.h"
#include "agent/web/peer_address.h"
#include "agent/web/site.h"

namespace pue::web {

/// Open connections and how long each may still take, so that no peer can hold what it does not use.
///
/// A connection has `header_time` from its start or its last answer until its request is complete, however many bytes
/// it drips, and `answer_time` from then until its answer is taken. When an address or the server is full, the
/// connection that has waited longest without a request goes; a newcomer is refused only when all are being answered.
/// Going means shutdown(2) of the socket: its owner notices and closes it. Any thread.
class Connections {
 public:
  struct Limits {
    std::size_t total = 512;
    std::size_t per_address = 64;
    Duration header_time = std::chrono::seconds{5};
    Duration answer_time = std::chrono::seconds{10};
  };

  Connections(Limits limits, std::function<void(Cut)> cut) : limits_(limits), cut_(std::move(cut)) {}

  /// `key` names the connection until closed(key), which must come before its descriptor is closed.
  void opened(const void* key, int fd, const sockaddr* peer, Instant now);
  void request_complete(const void* key, Instant now);
  void answer_taken(const void* key, Instant now);
  void closed(const void* key);
  /// Shuts down what is past its deadline.
  void sweep(Instant now);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Connection {
    int fd = -1;
    PeerAddress peer{};
    Instant since{};  ///< start of the present wait
    Instant deadline{};
    bool answering = false;
    bool cut = false;
  };

  void shut(Connection& connection, Cut reason);
  void make_room(const void* newcomer, bool same_address);

  const Limits limits_;
  const std::function<void(Cut)> cut_;
  mutable std::mutex mutex_;
  std::unordered_map<const void*, Connection> connections_;
};

}  // namespace pue::web
