#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "agent/web/connections.h"
#include "agent/web/gate.h"
#include "agent/web/site.h"

namespace pue::web {

/// An HTTP server over libmicrohttpd: GET and HEAD, and POST to /-/reload; one thread for each listen address, every
/// resource bounded.
class Server {
 public:
  struct Limits {
    Connections::Limits connections;
    std::size_t memory_per_connection = 16'384;  ///< request line and headers together
    unsigned idle_seconds = 5;                   ///< no byte either way
  };

  /// Listens on all addresses or on none, behind the gate where there is one. Requests are answered until the server is
  /// destroyed, which closes them.
  [[nodiscard]] static tl::expected<std::unique_ptr<Server>, std::string> start(
      const std::vector<std::string>& addresses, Limits limits, const std::shared_ptr<Site>& site,
      const std::shared_ptr<Gate>& gate = nullptr);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// @return the addresses in use, as a client would write them, in the order they were given.
  [[nodiscard]] const std::vector<std::string>& bound() const;

 private:
  struct Running;
  explicit Server(std::unique_ptr<Running> running);

  std::unique_ptr<Running> running_;
};

}  // namespace pue::web
