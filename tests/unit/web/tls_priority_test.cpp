#include "agent/web/tls_priority.h"

#include <doctest/doctest.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <set>
#include <string>

using namespace pue;
using namespace pue::web;
using config::Cipher;
using config::Curve;
using config::ServerKey;
using config::TlsVersion;

namespace {

/// A set that doctest can show.
struct Names : std::set<std::string> {
  using std::set<std::string>::set;
  friend std::ostream& operator<<(std::ostream& stream, const Names& names) {
    for (const auto& name : names) stream << name << ' ';
    return stream;
  }
};

/// What GnuTLS makes of a priority string.
struct Meaning {
  explicit Meaning(const std::string& text) {
    gnutls_priority_t priority = nullptr;
    INFO(text);
    REQUIRE(gnutls_priority_init(&priority, text.c_str(), nullptr) == GNUTLS_E_SUCCESS);
    for (unsigned i = 0;; ++i) {
      unsigned index = 0;
      const int error = gnutls_priority_get_cipher_suite_index(priority, i, &index);
      if (error == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) break;
      gnutls_protocol_t least{};
      const char* name =
          error < 0 ? nullptr : gnutls_cipher_suite_info(index, nullptr, nullptr, nullptr, nullptr, &least);
      if (name != nullptr) (least == GNUTLS_TLS1_3 ? suites13 : suites12).insert(name);
    }
    const unsigned* list = nullptr;
    for (int i = 0, count = gnutls_priority_protocol_list(priority, &list); i < count; ++i) {
      versions.insert(gnutls_protocol_get_name(static_cast<gnutls_protocol_t>(list[i])));
    }
    for (int i = 0, count = gnutls_priority_group_list(priority, &list); i < count; ++i) {
      groups += std::string{gnutls_group_get_name(static_cast<gnutls_group_t>(list[i]))} + " ";
    }
    gnutls_priority_deinit(priority);
  }
  Names suites12;
  Names suites13;
  Names versions;
  std::string groups;
};

const Names k_all13{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};

}  // namespace

TEST_CASE("without a word of it, TLS 1.2 and 1.3 are spoken with authenticated ciphers and forward secrecy") {
  const Meaning meaning{tls_priority({})};
  CHECK(meaning.versions == Names{"TLS1.2", "TLS1.3"});
  CHECK(meaning.suites13 == k_all13);
  CHECK(meaning.suites12 == Names{"TLS_ECDHE_ECDSA_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_AES_256_GCM_SHA384",
                                  "TLS_ECDHE_ECDSA_CHACHA20_POLY1305", "TLS_ECDHE_RSA_AES_128_GCM_SHA256",
                                  "TLS_ECDHE_RSA_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_CHACHA20_POLY1305"});
  CHECK(meaning.groups == "X25519 SECP256R1 SECP384R1 SECP521R1 ");
  CHECK(tls12_priority({}, ServerKey::rsa) == "");
}

TEST_CASE("versions and curves are those that were asked for, in their order") {
  CHECK(Meaning{tls_priority({.min_version = TlsVersion::tls13})}.versions == Names{"TLS1.3"});
  CHECK(Meaning{tls_priority({.max_version = TlsVersion::tls12})}.versions == Names{"TLS1.2"});
  CHECK(Meaning{tls_priority({.curves = {Curve::p384, Curve::x25519}})}.groups == "SECP384R1 X25519 ");
  CHECK(tls_priority({}).ends_with(":%SERVER_PRECEDENCE"));
  CHECK(tls_priority({.server_order = false}).find("SERVER_PRECEDENCE") == std::string::npos);
}

TEST_CASE("cipher suites are those that were asked for and that the server's key can do, and no others") {
  const config::TlsSettings settings{.cipher_suites = {{Cipher::aes_256_gcm, ServerKey::ecdsa},
                                                       {Cipher::aes_128_cbc, ServerKey::rsa},
                                                       {Cipher::chacha20_poly1305, ServerKey::rsa},
                                                       {Cipher::aes_128_gcm, ServerKey::any}}};
  const auto of = [&](ServerKey key, std::string_view kind) {
    Names names;
    for (const auto& name : Meaning{tls12_priority(settings, key).value()}.suites12) {
      if (name.find(kind) != std::string::npos) names.insert(name);
    }
    return names;
  };
  CHECK(of(ServerKey::rsa, "_RSA_") == Names{"TLS_ECDHE_RSA_AES_128_CBC_SHA1", "TLS_ECDHE_RSA_CHACHA20_POLY1305"});
  CHECK(of(ServerKey::ecdsa, "_ECDSA_") == Names{"TLS_ECDHE_ECDSA_AES_256_GCM_SHA384"});
  // TLS 1.3 keeps its own, as with the toolkit.
  CHECK(Meaning{tls_priority(settings)}.suites13 == k_all13);
}

TEST_CASE("suites of which none fits the server's key are no answer, unless TLS 1.3 alone is spoken") {
  config::TlsSettings settings{.cipher_suites = {{Cipher::aes_256_gcm, ServerKey::ecdsa}}};
  CHECK_FALSE(tls12_priority(settings, ServerKey::rsa));
  settings.min_version = TlsVersion::tls13;
  CHECK(tls12_priority(settings, ServerKey::rsa) == "");
}
