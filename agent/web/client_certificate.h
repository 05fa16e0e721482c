#pragma once

#include <gnutls/gnutls.h>

#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace pue::web {

/// What a client's certificate is held against.
struct ClientPolicy {
  bool required = false;                  ///< there is one
  bool verified = false;                  ///< signed by one of the trusted, in time, and made for clients
  std::vector<std::string> allowed_sans;  ///< one of its alternative names is one of these; empty: any
};

struct ClientRefused {
  std::string reason;  ///< may hold what the peer sent, cleaned
  gnutls_alert_description_t alert;
};

/// Looks at the certificate that the peer of a handshake sent, or did not send.
[[nodiscard]] tl::expected<void, ClientRefused> check_client(gnutls_session_t session, const ClientPolicy& policy);

}  // namespace pue::web
