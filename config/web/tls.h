#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/web/section.h"
#include "config/web/tls_names.h"

namespace pue::config {

/// Certificates or a key, in a file or in the configuration itself.
struct Pem {
  std::filesystem::path file;  ///< empty: `text` it is
  std::string text;
};

/// tls_server_config of a web configuration file.
struct TlsSettings {
  Pem certificate;
  Pem key;
  std::optional<Pem> client_ca;
  ClientAuth client_auth = ClientAuth::none;
  std::vector<std::string> client_allowed_sans;  ///< empty: any
  TlsVersion min_version = TlsVersion::tls12;
  TlsVersion max_version = TlsVersion::tls13;
  std::vector<CipherSuite> cipher_suites;  ///< for TLS 1.2; empty: the usual ones
  bool server_order = true;
  std::vector<Curve> curves;  ///< empty: the usual ones
};

/// @param folder that relative paths count from.
/// @return nothing if something was reported.
[[nodiscard]] std::optional<TlsSettings> read_tls(WebSection section, const std::filesystem::path& folder);

}  // namespace pue::config
