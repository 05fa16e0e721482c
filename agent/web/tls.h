#pragma once

#include <gnutls/gnutls.h>

#include <memory>
#include <mutex>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "agent/log/rate_limit.h"
#include "agent/web/client_certificate.h"
#include "config/web/tls.h"

namespace pue::web {

/// One certificate with its key, and on which terms handshakes are made with it. Does not change; a renewed certificate
/// is another one. Any thread.
class Tls {
 public:
  /// Reads the files that the settings name.
  /// @return the terms, or what is wrong with which file.
  [[nodiscard]] static tl::expected<std::shared_ptr<const Tls>, std::string> load(const config::TlsSettings& settings);

  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  ~Tls();

  /// Makes these the terms of a session whose handshake has not begun; they must outlive it.
  void govern(gnutls_session_t session) const;

 private:
  Tls() = default;
  [[nodiscard]] std::string take_certificate(const config::TlsSettings& settings);
  [[nodiscard]] std::string take_clients(const config::TlsSettings& settings);
  [[nodiscard]] std::string take_ciphers(const config::TlsSettings& settings);
  static int client_hello(gnutls_session_t session);
  static int client_certificate(gnutls_session_t session);
  void tell_refused(const std::string& why) const;

  gnutls_certificate_credentials_t credentials_ = nullptr;
  gnutls_priority_t priority_ = nullptr;
  gnutls_priority_t priority12_ = nullptr;  ///< in its place once the peer speaks TLS 1.2; may be none
  bool asks_clients_ = false;
  ClientPolicy clients_;
  mutable std::mutex mutex_;
  mutable log::RateLimit refusals_{std::chrono::minutes{1}};
};

}  // namespace pue::web
