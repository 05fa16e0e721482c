#include "agent/web/connections.h"

namespace pue::web {

void Connections::shut(Connection& connection, Cut reason) {
  connection.cut = true;
  // What the peer has not taken is dropped when its owner closes the socket, instead of lying in the kernel.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::shutdown(connection.fd, SHUT_RDWR);
  cut_(reason);
}

void Connections::opened(const void* key, int fd, const sockaddr* peer, Instant now) {
  const std::lock_guard lock{mutex_};
  connections_[key] = {.fd = fd, .peer = address_of(peer), .since = now, .deadline = now + limits_.header_time};
  make_room(key, true);
  make_room(key, false);
}

void Connections::make_room(const void* newcomer, bool same_address) {
  auto& mine = connections_.at(newcomer);
  if (mine.cut) return;
  std::size_t count = 0;
  Connection* oldest = nullptr;
  for (auto& [key, connection] : connections_) {
    if (connection.cut || (same_address && connection.peer != mine.peer)) continue;
    ++count;
    if (key == newcomer || connection.answering) continue;
    if (oldest == nullptr || connection.since < oldest->since) oldest = &connection;
  }
  if (count <= (same_address ? limits_.per_address : limits_.total)) return;
  shut(oldest != nullptr ? *oldest : mine, Cut::crowded);
}

void Connections::request_complete(const void* key, Instant now) {
  const std::lock_guard lock{mutex_};
  const auto found = connections_.find(key);
  if (found == connections_.end()) return;
  found->second.answering = true;
  found->second.deadline = now + limits_.answer_time;
}

void Connections::answer_taken(const void* key, Instant now) {
  const std::lock_guard lock{mutex_};
  const auto found = connections_.find(key);
  if (found == connections_.end()) return;
  found->second.answering = false;
  found->second.since = now;
  found->second.deadline = now + limits_.header_time;
}

void Connections::closed(const void* key) {
  const std::lock_guard lock{mutex_};
  connections_.erase(key);
}

void Connections::sweep(Instant now) {
  const std::lock_guard lock{mutex_};
  for (auto& [key, connection] : connections_) {
    if (!connection.cut && now >= connection.deadline) shut(connection, Cut::deadline);
  }
}

std::size_t Connections::size() const {
  const std::lock_guard lock{mutex_};
  return connections_.size();
}

}  // namespace pue::web
