#include "agent/web/tls_priority.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace pue::web {
namespace {

using config::Cipher;
using config::Curve;
using config::ServerKey;
using config::TlsVersion;

constexpr std::array k_usual_ciphers{Cipher::aes_128_gcm, Cipher::aes_256_gcm, Cipher::chacha20_poly1305};
constexpr std::array k_usual_curves{Curve::x25519, Curve::p256, Curve::p384, Curve::p521};

bool is_cbc(Cipher cipher) { return cipher == Cipher::aes_128_cbc || cipher == Cipher::aes_256_cbc; }

std::string_view name_of(Cipher cipher) {
  switch (cipher) {
    case Cipher::aes_128_gcm:
      return "AES-128-GCM";
    case Cipher::aes_256_gcm:
      return "AES-256-GCM";
    case Cipher::chacha20_poly1305:
      return "CHACHA20-POLY1305";
    case Cipher::aes_128_cbc:
      return "AES-128-CBC";
    default:
      return "AES-256-CBC";
  }
}

std::string_view name_of(Curve curve) {
  switch (curve) {
    case Curve::x25519:
      return "GROUP-X25519";
    case Curve::p256:
      return "GROUP-SECP256R1";
    case Curve::p384:
      return "GROUP-SECP384R1";
    default:
      return "GROUP-SECP521R1";
  }
}

std::string priority(const config::TlsSettings& settings, std::span<const Cipher> ciphers) {
  std::string text = "NORMAL:-VERS-ALL";
  if (settings.max_version == TlsVersion::tls13) text += ":+VERS-TLS1.3";
  if (settings.min_version == TlsVersion::tls12) text += ":+VERS-TLS1.2";
  text += ":-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL";
  for (const Cipher cipher : ciphers) text += ":+" + std::string{name_of(cipher)};
  text += ":-MAC-ALL:+AEAD";
  if (std::any_of(ciphers.begin(), ciphers.end(), &is_cbc)) text += ":+SHA1";
  text += ":-GROUP-ALL";
  const std::span<const Curve> curves =
      settings.curves.empty() ? std::span<const Curve>{k_usual_curves} : settings.curves;
  for (const Curve curve : curves) text += ":+" + std::string{name_of(curve)};
  if (settings.server_order) text += ":%SERVER_PRECEDENCE";
  return text;
}

}  // namespace

std::string tls_priority(const config::TlsSettings& settings) {
  std::vector<Cipher> ciphers{k_usual_ciphers.begin(), k_usual_ciphers.end()};
  for (const auto& suite : settings.cipher_suites) {
    if (std::find(ciphers.begin(), ciphers.end(), suite.cipher) == ciphers.end()) ciphers.push_back(suite.cipher);
  }
  return priority(settings, ciphers);
}

std::optional<std::string> tls12_priority(const config::TlsSettings& settings, ServerKey key) {
  if (settings.cipher_suites.empty() || settings.min_version == TlsVersion::tls13) return std::string{};
  std::vector<Cipher> ciphers;
  for (const auto& suite : settings.cipher_suites) {
    if (suite.key == key) ciphers.push_back(suite.cipher);
  }
  if (ciphers.empty()) return std::nullopt;
  return priority(settings, ciphers);
}

}  // namespace pue::web
