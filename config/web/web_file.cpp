#include "config/web/web_file.h"

#include <algorithm>
#include <array>

#include "config/findings.h"
#include "config/nearest.h"
#include "config/toml/parse.h"
#include "config/web/section.h"
#include "config/yaml/parse.h"

namespace pue::config {
namespace {

using safe_yaml::Value;

constexpr int k_most_cost = 14;
constexpr std::size_t k_longest_header = 4096;

/// @return what is wrong with a bcrypt hash; empty: nothing.
std::string why_no_hash(std::string_view hash) {
  const bool kind = hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$");
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto letter = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || digit(c) || c == '.' || c == '/';
  };
  if (!kind || hash.size() != 60 || !digit(hash[4]) || !digit(hash[5]) || hash[6] != '$' ||
      !std::all_of(hash.begin() + 7, hash.end(), letter)) {
    return "expected a bcrypt hash ($2a$, $2b$ or $2y$), as `htpasswd -nBC 10 \"\"` makes them";
  }
  const int cost = (hash[4] - '0') * 10 + (hash[5] - '0');
  if (cost < 4) return "bcrypt knows no cost below 4";
  if (cost > k_most_cost) {
    return "a cost of " + std::to_string(cost) + " takes seconds for each password: at most " +
           std::to_string(k_most_cost) + ", 10 is usual";
  }
  return {};
}

void read_users(const WebSection& section, Findings& findings, std::vector<WebUser>& users) {
  for (const auto& [name, at, value] : section.entries()) {
    const auto path = section.path_of(name);
    const bool clean = std::all_of(name.begin(), name.end(), [](char c) {
      return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && c != ':';
    });
    if (name.empty() || name.size() > 256 || !clean) {
      findings.add(at, path, "expected a name of 1 to 256 bytes without ':' and control characters");
    }
    const auto why = why_no_hash(value.kind == Value::Kind::scalar ? value.text : "");
    if (!why.empty()) findings.add(value.at.given() ? value.at : at, path, why);
    users.push_back({name, value.text});
  }
}

void read_headers(WebSection section, std::vector<std::pair<std::string, std::string>>& headers) {
  for (const char* name : {"Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "X-XSS-Protection",
                           "Strict-Transport-Security"}) {
    Located<std::string> value;
    section.text(name, value);
    if (!value.given()) continue;
    const bool printable =
        std::all_of(value.value.begin(), value.value.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
    if (!printable || value.value.size() > k_longest_header) {
      section.report(value.at, name, "expected one line of ASCII");
    }
    const std::string_view key{name};
    if (key == "X-Frame-Options" && value.value != "deny" && value.value != "sameorigin") {
      section.report(value.at, name, "expected deny or sameorigin");
    }
    if (key == "X-Content-Type-Options" && value.value != "nosniff") {
      section.report(value.at, name, "expected nosniff");
    }
    headers.emplace_back(name, value.value);
  }
  section.refuse_unknown_keys();
}

void read_http(WebSection section, Findings& findings, WebFile& file) {
  bool http2 = true;  // an offer, which a server of HTTP/1.1 need not make
  section.flag("http2", http2);
  if (const auto* headers = section.map("headers")) {
    read_headers({*headers, section.path_of("headers"), findings}, file.headers);
  }
  section.refuse_unknown_keys();
}

WebFile read(const Value& root, Findings& findings) {
  WebFile file;
  WebSection section{root, "", findings};
  const auto folder = std::filesystem::path(findings.file()).parent_path();
  const auto* tls = section.map("tls_server_config");
  if (tls != nullptr && !tls->entries.empty()) {
    file.tls = read_tls({*tls, "tls_server_config", findings}, folder);
  }
  if (const auto* http = section.map("http_server_config")) {
    read_http({*http, "http_server_config", findings}, findings, file);
  }
  if (const auto* users = section.map("basic_auth_users")) {
    read_users({*users, "basic_auth_users", findings}, findings, file.users);
  }
  if (const auto* rate = section.entry("rate_limit")) {
    section.report(rate->at, "rate_limit", "not supported: connections are bounded by themselves; leave it out");
  }
  section.refuse_unknown_keys();
  return file;
}

}  // namespace

tl::expected<WebFile, std::vector<Problem>> load_web_text(std::string_view text, const std::string& file) {
  auto root = safe_yaml::parse(text);
  if (!root) return tl::unexpected(std::vector<Problem>{{file, root.error().at, "", root.error().message}});
  if (root->kind != Value::Kind::map && root->kind != Value::Kind::null) {
    return tl::unexpected(std::vector<Problem>{{file, root->at, "", "expected keys and values"}});
  }
  Findings findings{file};
  auto read_file = read(*root, findings);
  if (!findings.problems().empty()) return tl::unexpected(findings.take_sorted());
  return read_file;
}

tl::expected<WebFile, std::vector<Problem>> load_web_file(const std::filesystem::path& path) {
  const auto text = safe_toml::read_file(path, {.bytes = safe_yaml::Limits{}.bytes});
  if (!text) return tl::unexpected(std::vector<Problem>{{path.string(), {}, "", text.error().message}});
  return load_web_text(*text, path.string());
}

}  // namespace pue::config
