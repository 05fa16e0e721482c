#include "config/web/tls.h"

#include <utility>

namespace pue::config {
namespace {

/// Reads the keys of one tls_server_config. What one key means may depend on what another says.
class Reader {
 public:
  Reader(WebSection section, const std::filesystem::path& folder) : section_(std::move(section)), folder_(folder) {}

  std::optional<TlsSettings> read() {
    auto certificate = pem("cert", "cert_file");
    auto key = pem("key", "key_file");
    settings_.client_ca = pem("client_ca", "client_ca_file");
    require(certificate, "cert_file");
    require(key, "key_file");
    if (certificate) settings_.certificate = std::move(*certificate);
    if (key) settings_.key = std::move(*key);
    read_clients();
    read_versions();
    read_list("cipher_suites", &cipher_suite, settings_.cipher_suites);
    read_list("curve_preferences", &curve, settings_.curves);
    section_.flag("prefer_server_cipher_suites", settings_.server_order);
    section_.refuse_unknown_keys();
    return std::move(settings_);
  }

 private:
  std::optional<Pem> pem(const char* in_place, const char* in_file) {
    Located<std::string> text;
    Located<std::string> file;
    section_.text(in_place, text);
    section_.text(in_file, file);
    if (text.given() && file.given()) {
      section_.report(file.at, in_file, "expected either " + std::string(in_place) + " or " + in_file + ", not both");
    }
    if (file.given()) return Pem{.file = folder_ / file.value, .text = {}};
    if (text.given()) return Pem{.file = {}, .text = std::move(text.value)};
    return std::nullopt;
  }

  void require(const std::optional<Pem>& pem, const char* key) {
    if (!pem) section_.report(section_.place(), key, "missing: TLS needs a certificate and its key");
  }

  template <class Meaning>
  std::optional<Meaning> named(const char* key, const Located<std::string>& name,
                               Named<Meaning> (*meaning_of)(std::string_view)) {
    if (!name.given()) return std::nullopt;
    auto found = meaning_of(name.value);
    if (!found.meaning) section_.report(name.at, key, found.why_not);
    return found.meaning;
  }

  template <class Meaning>
  void read_list(const char* key, Named<Meaning> (*meaning_of)(std::string_view), std::vector<Meaning>& target) {
    std::vector<Located<std::string>> names;
    section_.texts(key, names);
    for (const auto& name : names) {
      if (const auto meaning = named(key, name, meaning_of)) target.push_back(*meaning);
    }
  }

  void read_versions() {
    Located<std::string> least;
    Located<std::string> most;
    section_.text("min_version", least);
    section_.text("max_version", most);
    settings_.min_version = named("min_version", least, &tls_version).value_or(settings_.min_version);
    settings_.max_version = named("max_version", most, &tls_version).value_or(settings_.max_version);
    if (settings_.max_version < settings_.min_version) {
      section_.report(most.at, "max_version", "below min_version: no version is left");
    }
  }

  void read_clients() {
    Located<std::string> type;
    std::vector<Located<std::string>> sans;
    section_.text("client_auth_type", type);
    section_.texts("client_allowed_sans", sans);
    auto& auth = settings_.client_auth;
    auth = named("client_auth_type", type, &client_auth).value_or(ClientAuth::none);
    for (auto& san : sans) settings_.client_allowed_sans.push_back(std::move(san.value));
    const bool verifies = auth == ClientAuth::verify_if_given || auth == ClientAuth::require_and_verify;
    if (verifies && !settings_.client_ca) {
      section_.report(type.at, "client_auth_type", "client_ca_file is missing: who signs the clients' certificates?");
    }
    const auto* ca_key = section_.entry("client_ca_file");
    if (ca_key == nullptr) ca_key = section_.entry("client_ca");
    if (settings_.client_ca && auth == ClientAuth::none && ca_key != nullptr) {
      section_.report(ca_key->at, ca_key->key,
                      "without effect: expected client_auth_type: RequireAndVerifyClientCert as well");
    }
    if (!sans.empty() && auth != ClientAuth::require_any && auth != ClientAuth::require_and_verify) {
      section_.report(sans.front().at, "client_allowed_sans",
                      "a client without a certificate has no name: expected client_auth_type: "
                      "RequireAndVerifyClientCert or RequireAnyClientCert");
    }
  }

  WebSection section_;
  const std::filesystem::path& folder_;
  TlsSettings settings_;
};

}  // namespace

std::optional<TlsSettings> read_tls(WebSection section, const std::filesystem::path& folder) {
  return Reader{std::move(section), folder}.read();
}

}  // namespace pue::config
