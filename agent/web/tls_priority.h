#pragma once

#include <string>

#include "config/web/tls.h"

/// What was asked for in Go's words, in those of GnuTLS ("priority strings").
namespace pue::web {

/// What a handshake may begin with: the versions, the curves, and the ciphers of TLS 1.3, which Go does not let anybody
/// choose either; with those of TLS 1.2 where none were chosen.
[[nodiscard]] std::string tls_priority(const config::TlsSettings& settings);

/// What is left once the peer turns out to speak TLS 1.2, where ciphers for it were chosen. GnuTLS chooses ciphers, not
/// suites: it is the kind of the server's key that makes them the same.
/// @return nothing where no suite fits the key; "" where none were chosen.
[[nodiscard]] std::optional<std::string> tls12_priority(const config::TlsSettings& settings, config::ServerKey key);

}  // namespace pue::web
