#include "agent/web/client_certificate.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "agent/log/log.h"

namespace pue::web {
namespace {

using Certificate = std::unique_ptr<std::remove_pointer_t<gnutls_x509_crt_t>, decltype(&gnutls_x509_crt_deinit)>;

Certificate certificate_from(const gnutls_datum_t& bytes) {
  gnutls_x509_crt_t made = nullptr;
  if (gnutls_x509_crt_init(&made) != GNUTLS_E_SUCCESS) return {nullptr, &gnutls_x509_crt_deinit};
  Certificate certificate{made, &gnutls_x509_crt_deinit};
  if (gnutls_x509_crt_import(made, &bytes, GNUTLS_X509_FMT_DER) != GNUTLS_E_SUCCESS) certificate.reset();
  return certificate;
}

/// An IP address as people write it.
std::string written(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  if (::inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr) return {};
  return text.data();
}

/// DNS names, addresses of any kind, URIs.
std::vector<std::string> alternative_names(gnutls_x509_crt_t certificate) {
  constexpr unsigned k_most = 1000;
  std::vector<std::string> names;
  for (unsigned i = 0; i < k_most; ++i) {
    std::array<char, 1024> room{};
    std::size_t size = room.size();
    const int kind = gnutls_x509_crt_get_subject_alt_name(certificate, i, room.data(), &size, nullptr);
    if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) break;
    if (kind < 0) continue;  // longer than any name one could allow
    const std::string_view value{room.data(), size};
    if (kind == GNUTLS_SAN_IPADDRESS) {
      names.push_back(written(value));
    } else if (kind == GNUTLS_SAN_DNSNAME || kind == GNUTLS_SAN_RFC822NAME || kind == GNUTLS_SAN_URI) {
      names.emplace_back(value);
    }
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return log::printable(text, 256);
}

std::optional<std::string> why_not_signed(gnutls_session_t session) {
  std::string purpose{GNUTLS_KP_TLS_WWW_CLIENT};
  gnutls_typed_vdata_st asked{GNUTLS_DT_KEY_PURPOSE_OID, reinterpret_cast<unsigned char*>(purpose.data()), 0};
  unsigned status = 0;
  if (const int error = gnutls_certificate_verify_peers(session, &asked, 1, &status); error != GNUTLS_E_SUCCESS) {
    return gnutls_strerror(error);
  }
  if (status == 0) return std::nullopt;
  gnutls_datum_t words{};
  if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &words, 0) != GNUTLS_E_SUCCESS) {
    return "not trusted";
  }
  std::string text{reinterpret_cast<const char*>(words.data), words.size};
  gnutls_free(words.data);
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace

tl::expected<void, ClientRefused> check_client(gnutls_session_t session, const ClientPolicy& policy) {
  const auto refused = [](std::string why, gnutls_alert_description_t alert) {
    return tl::unexpected(ClientRefused{std::move(why), alert});
  };
  unsigned count = 0;
  const auto* chain = gnutls_certificate_get_peers(session, &count);
  if (chain == nullptr || count == 0) {
    if (!policy.required) return {};
    const bool has_word_for_it = gnutls_protocol_get_version(session) == GNUTLS_TLS1_3;
    return refused("none was sent", has_word_for_it ? GNUTLS_A_CERTIFICATE_REQUIRED : GNUTLS_A_HANDSHAKE_FAILURE);
  }
  if (policy.verified) {
    if (auto why = why_not_signed(session)) return refused(std::move(*why), GNUTLS_A_BAD_CERTIFICATE);
  }
  if (policy.allowed_sans.empty()) return {};
  const auto certificate = certificate_from(chain[0]);
  if (!certificate) return refused("no X.509 certificate", GNUTLS_A_BAD_CERTIFICATE);
  const auto names = alternative_names(certificate.get());
  const auto& allowed = policy.allowed_sans;
  const bool one_allowed = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return !name.empty() && std::find(allowed.begin(), allowed.end(), name) != allowed.end();
  });
  if (one_allowed) return {};
  return refused("client_allowed_sans has none of its names: " + joined(names), GNUTLS_A_BAD_CERTIFICATE);
}

}  // namespace pue::web
