#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What Go's crypto/tls calls things, since the web configuration file uses its words.
namespace pue::config {

enum class TlsVersion : std::uint8_t { tls12, tls13 };
enum class Curve : std::uint8_t { x25519, p256, p384, p521 };
enum class Cipher : std::uint8_t { aes_128_gcm, aes_256_gcm, chacha20_poly1305, aes_128_cbc, aes_256_cbc };
enum class ServerKey : std::uint8_t { any, rsa, ecdsa };  ///< `any`: TLS 1.3, whose suites do not say

/// What a client certificate is asked for and what becomes of it.
enum class ClientAuth : std::uint8_t { none, request, require_any, verify_if_given, require_and_verify };

struct CipherSuite {
  Cipher cipher;
  ServerKey key;
  friend bool operator==(const CipherSuite&, const CipherSuite&) = default;
};

/// A name that stands for something, or why it does not: unknown, or refused on purpose.
template <class Meaning>
struct Named {
  std::optional<Meaning> meaning;
  std::string why_not;
};

[[nodiscard]] Named<TlsVersion> tls_version(std::string_view name);
[[nodiscard]] Named<Curve> curve(std::string_view name);
[[nodiscard]] Named<CipherSuite> cipher_suite(std::string_view name);
[[nodiscard]] Named<ClientAuth> client_auth(std::string_view name);

}  // namespace pue::config
