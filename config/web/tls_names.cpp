#include "config/web/tls_names.h"

#include <array>
#include <span>
#include <utility>

#include "config/nearest.h"

namespace pue::config {
namespace {

template <class Meaning>
using Entry = std::pair<std::string_view, Meaning>;

template <class Meaning>
Named<Meaning> look_up(std::string_view name, std::span<const Entry<Meaning>> known, std::string_view what) {
  std::vector<std::string> names;
  for (const auto& [candidate, meaning] : known) {
    if (candidate == name) return {meaning, {}};
    names.emplace_back(candidate);
  }
  return {std::nullopt, "unknown " + std::string(what) + suggestion(name, names)};
}

constexpr std::array<Entry<TlsVersion>, 2> k_versions{{{"TLS12", TlsVersion::tls12}, {"TLS13", TlsVersion::tls13}}};

constexpr std::array<Entry<Curve>, 4> k_curves{
    {{"X25519", Curve::x25519}, {"CurveP256", Curve::p256}, {"CurveP384", Curve::p384}, {"CurveP521", Curve::p521}}};

constexpr std::array<Entry<CipherSuite>, 13> k_suites{{
    {"TLS_AES_128_GCM_SHA256", {Cipher::aes_128_gcm, ServerKey::any}},
    {"TLS_AES_256_GCM_SHA384", {Cipher::aes_256_gcm, ServerKey::any}},
    {"TLS_CHACHA20_POLY1305_SHA256", {Cipher::chacha20_poly1305, ServerKey::any}},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", {Cipher::aes_128_gcm, ServerKey::ecdsa}},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", {Cipher::aes_256_gcm, ServerKey::ecdsa}},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", {Cipher::chacha20_poly1305, ServerKey::ecdsa}},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", {Cipher::aes_128_cbc, ServerKey::ecdsa}},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", {Cipher::aes_256_cbc, ServerKey::ecdsa}},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", {Cipher::aes_128_gcm, ServerKey::rsa}},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", {Cipher::aes_256_gcm, ServerKey::rsa}},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", {Cipher::chacha20_poly1305, ServerKey::rsa}},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", {Cipher::aes_128_cbc, ServerKey::rsa}},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", {Cipher::aes_256_cbc, ServerKey::rsa}},
}};

constexpr std::array<Entry<ClientAuth>, 6> k_client_auth{{
    {"NoClientCert", ClientAuth::none},
    {"RequestClientCert", ClientAuth::request},
    {"RequireAnyClientCert", ClientAuth::require_any},
    {"RequireClientCert", ClientAuth::require_any},  // its name of before
    {"VerifyClientCertIfGiven", ClientAuth::verify_if_given},
    {"RequireAndVerifyClientCert", ClientAuth::require_and_verify},
}};

}  // namespace

Named<TlsVersion> tls_version(std::string_view name) {
  if (name == "TLS10" || name == "TLS11") {
    return {std::nullopt, "versions before TLS 1.2 are broken and not served: expected TLS12 or TLS13"};
  }
  return look_up<TlsVersion>(name, k_versions, "version");
}

Named<Curve> curve(std::string_view name) { return look_up<Curve>(name, k_curves, "curve"); }

Named<CipherSuite> cipher_suite(std::string_view name) {
  if (name.starts_with("TLS_RSA_")) {
    return {std::nullopt, "without forward secrecy, and not served: expected a TLS_ECDHE_ suite"};
  }
  if (name.find("_RC4_") != std::string_view::npos || name.find("_3DES_") != std::string_view::npos ||
      name.ends_with("_CBC_SHA256")) {
    return {std::nullopt, "an insecure cipher suite, and not served"};
  }
  return look_up<CipherSuite>(name, k_suites, "cipher suite");
}

Named<ClientAuth> client_auth(std::string_view name) {
  return look_up<ClientAuth>(name, k_client_auth, "client_auth_type");
}

}  // namespace pue::config
