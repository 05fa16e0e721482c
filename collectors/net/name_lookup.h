#pragma once

#include <netinet/in.h>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace pue::net {

/// An address a connection can be made to.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// @return the address as one of Asio's endpoints, of TCP or UDP.
template <class Endpoint>
[[nodiscard]] Endpoint endpoint_of(const SocketAddress& address) {
  Endpoint endpoint;
  endpoint.resize(address.size);
  std::memcpy(endpoint.data(), &address.storage, address.size);
  return endpoint;
}

/// One question to the name service, asked on a thread of its own kind: the C library's lookup blocks for as long as
/// the name servers please. Whoever asked may walk away at any time.
class NameLookup {
 public:
  /// @return without waiting, for numeric addresses: the only one of `host`; else nothing.
  [[nodiscard]] static std::vector<SocketAddress> numeric(const std::string& host, std::uint16_t port);

  /// Begins the lookup. At most eight are under way at once in the process; the others wait for their turn.
  [[nodiscard]] static std::shared_ptr<NameLookup> begin(const std::string& host, std::uint16_t port);

  [[nodiscard]] bool done() const {
    // acquire: pairs with finish(), the addresses are complete
    return done_.load(std::memory_order_acquire);
  }
  /// @return the addresses, none when the name is unknown. Only once it is done.
  [[nodiscard]] const std::vector<SocketAddress>& addresses() const { return addresses_; }

 private:
  friend class LookupQueue;
  void finish(std::vector<SocketAddress> addresses) {
    addresses_ = std::move(addresses);
    // release: pairs with done(), the addresses must be visible before it says true
    done_.store(true, std::memory_order_release);
  }

  std::string host_;
  std::uint16_t port_ = 0;
  std::vector<SocketAddress> addresses_;
  std::atomic<bool> done_{false};
};

}  // namespace pue::net
