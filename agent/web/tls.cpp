#include "agent/web/tls.h"

#include <gnutls/x509.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/log/log.h"
#include "agent/web/tls_priority.h"
#include "config/toml/parse.h"

namespace pue::web {
namespace {

using config::ClientAuth;
using config::ServerKey;

constexpr std::size_t k_longest_pem = 1U << 20;

std::string name_of(const config::Pem& pem, const char* in_place) {
  return pem.file.empty() ? std::string{in_place} : "'" + pem.file.string() + "'";
}

/// The bytes of a certificate or key, wiped at the end.
struct PemBytes {
  static tl::expected<PemBytes, std::string> of(const config::Pem& pem) {
    if (pem.file.empty()) return PemBytes{pem.text};
    auto text = safe_toml::read_file(pem.file, {.bytes = k_longest_pem});
    if (!text) return tl::unexpected(text.error().message);
    return PemBytes{std::move(*text)};
  }
  explicit PemBytes(std::string bytes) : text(std::move(bytes)) {}
  PemBytes(PemBytes&&) = default;
  PemBytes& operator=(PemBytes&&) = delete;
  PemBytes(const PemBytes&) = delete;
  PemBytes& operator=(const PemBytes&) = delete;
  ~PemBytes() { ::explicit_bzero(text.data(), text.size()); }

  [[nodiscard]] gnutls_datum_t datum() {
    return {reinterpret_cast<unsigned char*>(text.data()), static_cast<unsigned>(text.size())};
  }

  std::string text;
};

void warn_if_open(const config::Pem& key) {
  struct stat status{};
  if (key.file.empty() || ::stat(key.file.c_str(), &status) != 0 || (status.st_mode & S_IROTH) == 0) return;
  log::warn("everybody on this machine can read the key of the web server", {{"file", key.file.string()}});
}

ServerKey key_of(gnutls_certificate_credentials_t credentials) {
  gnutls_x509_crt_t* chain = nullptr;
  unsigned size = 0;
  if (gnutls_certificate_get_x509_crt(credentials, 0, &chain, &size) != GNUTLS_E_SUCCESS) return ServerKey::any;
  const int algorithm = size == 0 ? -1 : gnutls_x509_crt_get_pk_algorithm(chain[0], nullptr);
  for (unsigned i = 0; i < size; ++i) gnutls_x509_crt_deinit(chain[i]);
  gnutls_free(static_cast<void*>(chain));
  return algorithm == GNUTLS_PK_RSA || algorithm == GNUTLS_PK_RSA_PSS ? ServerKey::rsa : ServerKey::ecdsa;
}

}  // namespace

tl::expected<std::shared_ptr<const Tls>, std::string> Tls::load(const config::TlsSettings& settings) {
  std::shared_ptr<Tls> tls{new Tls};
  if (gnutls_certificate_allocate_credentials(&tls->credentials_) != GNUTLS_E_SUCCESS) {
    return tl::unexpected(std::string{"no memory for a certificate"});
  }
  for (const auto take : {&Tls::take_certificate, &Tls::take_clients, &Tls::take_ciphers}) {
    if (auto wrong = (*tls.*take)(settings); !wrong.empty()) return tl::unexpected(std::move(wrong));
  }
  warn_if_open(settings.key);
  return tls;
}

std::string Tls::take_certificate(const config::TlsSettings& settings) {
  auto certificate = PemBytes::of(settings.certificate);
  if (!certificate) return certificate.error();
  auto key = PemBytes::of(settings.key);
  if (!key) return key.error();
  const auto certificate_bytes = certificate->datum();
  const auto key_bytes = key->datum();
  const int error = gnutls_certificate_set_x509_key_mem2(credentials_, &certificate_bytes, &key_bytes,
                                                         GNUTLS_X509_FMT_PEM, nullptr, 0);
  if (error >= 0) return {};
  return "certificate " + name_of(settings.certificate, "cert") + " and key " + name_of(settings.key, "key") + ": " +
         gnutls_strerror(error);
}

std::string Tls::take_clients(const config::TlsSettings& settings) {
  const auto auth = settings.client_auth;
  asks_clients_ = auth != ClientAuth::none;
  clients_.required = auth == ClientAuth::require_any || auth == ClientAuth::require_and_verify;
  clients_.verified = auth == ClientAuth::verify_if_given || auth == ClientAuth::require_and_verify;
  clients_.allowed_sans = settings.client_allowed_sans;
  gnutls_certificate_set_verify_function(credentials_, &Tls::client_certificate);
  if (!settings.client_ca) return {};
  auto authorities = PemBytes::of(*settings.client_ca);
  if (!authorities) return authorities.error();
  const auto bytes = authorities->datum();
  const int count = gnutls_certificate_set_x509_trust_mem(credentials_, &bytes, GNUTLS_X509_FMT_PEM);
  if (count > 0) return {};
  return name_of(*settings.client_ca, "client_ca") + " holds no certificate" +
         (count < 0 ? std::string{": "} + gnutls_strerror(count) : "");
}

std::string Tls::take_ciphers(const config::TlsSettings& settings) {
  const auto key = key_of(credentials_);
  const auto with_tls12 = tls12_priority(settings, key);
  if (!with_tls12) {
    return std::string{"cipher_suites has none for TLS 1.2 with a certificate that has an "} +
           (key == ServerKey::rsa ? "RSA" : "elliptic curve's") + " key: add one, or set min_version: TLS13";
  }
  int error = gnutls_priority_init(&priority_, tls_priority(settings).c_str(), nullptr);
  if (error == GNUTLS_E_SUCCESS && !with_tls12->empty()) {
    error = gnutls_priority_init(&priority12_, with_tls12->c_str(), nullptr);
  }
  if (error == GNUTLS_E_SUCCESS) return {};
  return std::string{"the system's GnuTLS does not allow these versions, cipher suites and curves: "} +
         gnutls_strerror(error);
}

Tls::~Tls() {
  if (priority12_ != nullptr) gnutls_priority_deinit(priority12_);
  if (priority_ != nullptr) gnutls_priority_deinit(priority_);
  if (credentials_ != nullptr) gnutls_certificate_free_credentials(credentials_);
}

void Tls::govern(gnutls_session_t session) const {
  // libmicrohttpd's own pointer there is for pre-shared keys alone.
  gnutls_session_set_ptr(session, const_cast<Tls*>(this));
  gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_);
  gnutls_priority_set(session, priority_);
  // Never GNUTLS_CERT_REQUIRE, which would hang up without a word on whoever has none: that is said in the callback,
  // which GnuTLS calls whenever it asked.
  gnutls_certificate_server_set_request(session, asks_clients_ ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_IGNORE);
  gnutls_handshake_set_post_client_hello_function(session, &Tls::client_hello);
}

int Tls::client_hello(gnutls_session_t session) {
  const auto& tls = *static_cast<const Tls*>(gnutls_session_get_ptr(session));
  if (tls.priority12_ == nullptr || gnutls_protocol_get_version(session) != GNUTLS_TLS1_2) return 0;
  return gnutls_priority_set(session, tls.priority12_);
}

int Tls::client_certificate(gnutls_session_t session) {
  const auto& tls = *static_cast<const Tls*>(gnutls_session_get_ptr(session));
  const auto checked = check_client(session, tls.clients_);
  if (checked) return 0;
  tls.tell_refused(checked.error().reason);
  gnutls_alert_send(session, GNUTLS_AL_FATAL, checked.error().alert);
  return -1;
}

void Tls::tell_refused(const std::string& why) const {
  const std::lock_guard lock{mutex_};
  const auto kept_back = refusals_.pass(BootClock::now(), 0);
  if (!kept_back) return;
  log::warn("a client certificate is refused", {{"reason", why}, {"kept_back", std::to_string(*kept_back)}});
}

}  // namespace pue::web
