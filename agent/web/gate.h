#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/web/site.h"
#include "agent/web/tls_files.h"
#include "agent/web/users.h"
#include "config/problem.h"

namespace pue::web {

/// What stands between a peer and a site: TLS, users and headers, as a web configuration file says. Any thread.
class Gate {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// Reads the file, and the certificates that it names.
  [[nodiscard]] static tl::expected<std::shared_ptr<Gate>, std::vector<config::Problem>> open(
      std::filesystem::path file);

  /// Reads the file again. @return what is wrong with it, and then nothing has changed. Whether TLS is spoken at all is
  /// settled at the start, since the server's sockets stay.
  [[nodiscard]] std::vector<config::Problem> reload();

  [[nodiscard]] bool speaks_tls() const { return speaks_tls_; }
  /// Whether a peer has to prove who it is, by a password or a certificate.
  [[nodiscard]] bool asks_who() const;
  /// The terms for a connection that begins now; nothing without TLS.
  [[nodiscard]] std::shared_ptr<const Tls> tls(Instant now) const;
  /// @return the answer to somebody who may not read, nothing to somebody who may.
  [[nodiscard]] std::optional<Response> refusal(std::string_view authorization, const PeerAddress& peer) const;
  /// Puts the configured headers into a response, in place of those of the same name.
  void add_headers(Response& response) const;

 private:
  struct InForce {
    std::unique_ptr<TlsFiles> tls;
    std::unique_ptr<Users> users;
    Headers headers;
  };
  using Read = tl::expected<std::shared_ptr<const InForce>, std::vector<config::Problem>>;

  Gate(std::filesystem::path file, std::shared_ptr<const InForce> in_force);
  [[nodiscard]] static Read read(const std::filesystem::path& file);
  [[nodiscard]] std::shared_ptr<const InForce> in_force() const;

  const std::filesystem::path file_;
  const bool speaks_tls_;
  mutable std::mutex mutex_;
  std::shared_ptr<const InForce> in_force_;
};

}  // namespace pue::web
