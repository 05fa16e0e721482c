#include "tests/unit/web_file/refusals.h"

using namespace pue;
using namespace pue::config;
using namespace pue::test;

namespace {

constexpr std::string_view k_pair = "tls_server_config:\n  cert_file: a.pem\n  key_file: /k/a.key\n";

TlsSettings tls(std::string_view more) {
  const auto file = accepted(std::string{k_pair} + std::string{more});
  REQUIRE(file.tls);
  return *file.tls;
}

/// What is wrong with lines below those two, which begin in line 4.
std::string wrong(std::string_view more) { return refusals(std::string{k_pair} + std::string{more}); }

}  // namespace

TEST_CASE("a certificate and its key are enough, and relative paths count from the file's folder") {
  const auto settings = tls("");
  CHECK(settings.certificate.file == "/etc/a.pem");
  CHECK(settings.key.file == "/k/a.key");
  CHECK_FALSE(settings.client_ca);
  CHECK(settings.client_auth == ClientAuth::none);
  CHECK(settings.min_version == TlsVersion::tls12);
  CHECK(settings.max_version == TlsVersion::tls13);
  CHECK(settings.cipher_suites.empty());
  CHECK(settings.curves.empty());
  CHECK(settings.server_order);
}

TEST_CASE("every key of tls_server_config is read") {
  const auto settings =
      tls("  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n"
          "  client_allowed_sans: [prometheus.example, 192.0.2.7]\n  min_version: TLS12\n  max_version: TLS12\n"
          "  cipher_suites:\n    - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n    - TLS_AES_128_GCM_SHA256\n"
          "  prefer_server_cipher_suites: false\n  curve_preferences: [CurveP384, X25519]\n");
  CHECK(settings.client_auth == ClientAuth::require_and_verify);
  REQUIRE(settings.client_ca);
  CHECK(settings.client_ca->file == "/etc/ca.pem");
  CHECK(settings.client_allowed_sans == std::vector<std::string>{"prometheus.example", "192.0.2.7"});
  CHECK(settings.max_version == TlsVersion::tls12);
  CHECK(settings.cipher_suites ==
        std::vector<CipherSuite>{{Cipher::aes_256_gcm, ServerKey::rsa}, {Cipher::aes_128_gcm, ServerKey::any}});
  CHECK_FALSE(settings.server_order);
  CHECK(settings.curves == std::vector<Curve>{Curve::p384, Curve::x25519});
}

TEST_CASE("certificates may stand in the file itself") {
  const auto file =
      accepted("tls_server_config: {cert: C, key: K, client_ca: A, client_auth_type: VerifyClientCertIfGiven}");
  REQUIRE(file.tls);
  CHECK(file.tls->certificate.text == "C");
  CHECK(file.tls->certificate.file.empty());
  CHECK(file.tls->key.text == "K");
  CHECK(file.tls->client_ca->text == "A");
}

TEST_CASE("each kind of client authentication has its name") {
  CHECK(tls("  client_auth_type: NoClientCert\n").client_auth == ClientAuth::none);
  CHECK(tls("  client_auth_type: RequestClientCert\n").client_auth == ClientAuth::request);
  CHECK(tls("  client_auth_type: RequireAnyClientCert\n").client_auth == ClientAuth::require_any);
  CHECK(tls("  client_auth_type: RequireClientCert\n").client_auth == ClientAuth::require_any);
  CHECK(tls("  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: a\n").client_auth ==
        ClientAuth::verify_if_given);
  CHECK(wrong("  client_auth_type: RequireAndVerifyClientCerts\n") ==
        "/etc/web.yml:4:21: tls_server_config.client_auth_type: unknown client_auth_type, did you mean "
        "'RequireAndVerifyClientCert'?\n");
}

TEST_CASE("a certificate without a key, and settings of TLS without either, are refused") {
  CHECK(refusals("tls_server_config:\n  cert_file: a\n") ==
        "/etc/web.yml:2:3: tls_server_config.key_file: missing: TLS needs a certificate and its key\n");
  CHECK(refusals("tls_server_config:\n  min_version: TLS13\n") ==
        "/etc/web.yml:2:3: tls_server_config.cert_file: missing: TLS needs a certificate and its key\n"
        "/etc/web.yml:2:3: tls_server_config.key_file: missing: TLS needs a certificate and its key\n");
  CHECK(wrong("  cert: C\n") ==
        "/etc/web.yml:2:14: tls_server_config.cert_file: expected either cert or cert_file, not both\n");
  CHECK(wrong("  cert_fil: a\n") ==
        "/etc/web.yml:4:3: tls_server_config.cert_fil: unknown key, did you mean 'cert_file'?\n");
}

TEST_CASE("versions before 1.2, and none at all, are refused") {
  for (const char* old : {"TLS10", "TLS11"}) {
    CHECK(
        wrong("  min_version: " + std::string{old} + "\n") ==
        "/etc/web.yml:4:16: tls_server_config.min_version: versions before TLS 1.2 are broken and not served: expected "
        "TLS12 or TLS13\n");
  }
  CHECK(wrong("  max_version: TLS11\n").starts_with("/etc/web.yml:4:16: tls_server_config.max_version: versions"));
  CHECK(wrong("  min_version: TLS1.2\n") ==
        "/etc/web.yml:4:16: tls_server_config.min_version: unknown version, did you mean 'TLS12'?\n");
  CHECK(wrong("  min_version: TLS13\n  max_version: TLS12\n") ==
        "/etc/web.yml:5:16: tls_server_config.max_version: below min_version: no version is left\n");
}

TEST_CASE("cipher suites and curves that are not served are refused with the reason") {
  const auto suite = [](std::string_view name) { return wrong("  cipher_suites: [" + std::string{name} + "]\n"); };
  const std::string at = "/etc/web.yml:4:19: tls_server_config.cipher_suites: ";
  CHECK(suite("TLS_RSA_WITH_AES_128_GCM_SHA256") ==
        at + "without forward secrecy, and not served: expected a TLS_ECDHE_ suite\n");
  CHECK(suite("TLS_ECDHE_RSA_WITH_RC4_128_SHA") == at + "an insecure cipher suite, and not served\n");
  CHECK(suite("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA") == at + "an insecure cipher suite, and not served\n");
  CHECK(suite("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256") == at + "an insecure cipher suite, and not served\n");
  CHECK(suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA25") ==
        at + "unknown cipher suite, did you mean 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'?\n");
  CHECK(wrong("  cipher_suites: TLS_AES_128_GCM_SHA256\n") ==
        "/etc/web.yml:4:18: tls_server_config.cipher_suites: expected a list\n");
  CHECK(wrong("  cipher_suites: [[a]]\n") == at + "expected a list of texts\n");
  CHECK(wrong("  curve_preferences: [CurveP255]\n") ==
        "/etc/web.yml:4:23: tls_server_config.curve_preferences: unknown curve, did you mean 'CurveP256'?\n");
}

TEST_CASE("settings for clients that would do nothing are refused") {
  for (const char* type : {"VerifyClientCertIfGiven", "RequireAndVerifyClientCert"}) {
    CHECK(wrong("  client_auth_type: " + std::string{type} + "\n") ==
          "/etc/web.yml:4:21: tls_server_config.client_auth_type: client_ca_file is missing: who signs the clients' "
          "certificates?\n");
  }
  CHECK(wrong("  client_ca_file: ca.pem\n") ==
        "/etc/web.yml:4:3: tls_server_config.client_ca_file: without effect: expected client_auth_type: "
        "RequireAndVerifyClientCert as well\n");
  for (const char* type : {"NoClientCert", "RequestClientCert", "VerifyClientCertIfGiven\n  client_ca_file: a"}) {
    CHECK(
        wrong("  client_allowed_sans: [a]\n  client_auth_type: " + std::string{type} + "\n")
            .starts_with("/etc/web.yml:4:25: tls_server_config.client_allowed_sans: a client without a certificate has "
                         "no name"));
  }
}

TEST_CASE("all findings are told together, in the order of the file") {
  const auto told = wrong("  min_version: TLS10\n  nonsense: 1\nbasic_auth_users: {a: b}\n");
  CHECK(std::count(told.begin(), told.end(), '\n') == 3);
  CHECK(told.find(":4:16:") < told.find(":5:3:"));
  CHECK(told.find(":5:3:") < told.find(":6:23:"));
}
