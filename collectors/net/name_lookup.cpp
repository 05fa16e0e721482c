#include "collectors/net/name_lookup.h"

#include <fmt/format.h>
#include <netdb.h>
#include <cstring>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace pue::net {
namespace {

constexpr unsigned k_most_threads = 8;

std::vector<SocketAddress> ask(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  std::vector<SocketAddress> addresses;
  if (::getaddrinfo(host.c_str(), fmt::to_string(port).c_str(), &hints, &found) != 0) return addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_addrlen > sizeof(sockaddr_storage)) continue;
    SocketAddress address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    addresses.push_back(address);
  }
  ::freeaddrinfo(found);
  return addresses;
}

}  // namespace

/// The lookups that wait, and the threads that work on them. Never destroyed: a thread may be inside the C library
/// when the process ends.
class LookupQueue {
 public:
  static LookupQueue& instance() {
    static auto* const queue = new LookupQueue;
    return *queue;
  }

  void add(std::shared_ptr<NameLookup> lookup) {
    const std::scoped_lock lock{mutex_};
    waiting_.push_back(std::move(lookup));
    if (threads_ == k_most_threads) return;
    try {
      std::thread{[this] { work(); }}.detach();
      ++threads_;
    } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch)
      // no thread to be had: one that runs takes it, or it stays unanswered and its connection times out
    }
  }

 private:
  void work() {
    for (;;) {
      std::shared_ptr<NameLookup> lookup;
      {
        const std::scoped_lock lock{mutex_};
        if (waiting_.empty()) {
          --threads_;
          return;
        }
        lookup = std::move(waiting_.front());
        waiting_.pop_front();
      }
      if (lookup.use_count() == 1) continue;  // nobody waits for it any more
      lookup->finish(ask(lookup->host_, lookup->port_, AI_ADDRCONFIG));
    }
  }

  std::mutex mutex_;
  std::deque<std::shared_ptr<NameLookup>> waiting_;
  unsigned threads_ = 0;
};

std::vector<SocketAddress> NameLookup::numeric(const std::string& host, std::uint16_t port) {
  return ask(host, port, AI_NUMERICHOST);
}

std::shared_ptr<NameLookup> NameLookup::begin(const std::string& host, std::uint16_t port) {
  auto lookup = std::make_shared<NameLookup>();
  lookup->host_ = host;
  lookup->port_ = port;
  LookupQueue::instance().add(lookup);
  return lookup;
}

}  // namespace pue::net
