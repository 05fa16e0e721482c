#include "agent/web/authorization.h"

#include <string.h>
#include <strings.h>

#include <cstdint>

namespace pue::web {
namespace {

constexpr std::string_view k_scheme = "basic ";

void wipe(std::string& text) { ::explicit_bzero(text.data(), text.size()); }

/// @return the value of a digit of base64 (RFC 4648, section 4), or -1.
int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

/// @return nothing unless the text is base64 with its padding.
std::optional<std::string> decoded(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t digits = text.ends_with("==")  ? text.size() - 2
                             : text.ends_with('=') ? text.size() - 1
                                                   : text.size();
  std::string bytes;
  bytes.reserve(digits * 3 / 4 + 1);  // so that no copy stays behind
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text.substr(0, digits)) {
    const int value = sextet(c);
    if (value < 0) {
      wipe(bytes);
      return std::nullopt;
    }
    bits = (bits << 6U | static_cast<std::uint32_t>(value)) & 0xFFFFU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFFU);
  }
  return bytes;
}

}  // namespace

Login::~Login() {
  wipe(name);
  wipe(password);
}

std::optional<Login> login_from(std::string_view authorization) {
  if (authorization.size() < k_scheme.size() ||
      ::strncasecmp(authorization.data(), k_scheme.data(), k_scheme.size()) != 0) {
    return std::nullopt;
  }
  authorization.remove_prefix(k_scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  auto both = decoded(authorization);
  if (!both) return std::nullopt;
  const auto colon = both->find(':');
  std::optional<Login> login;
  if (colon != std::string::npos) login.emplace(both->substr(0, colon), both->substr(colon + 1));
  wipe(*both);
  return login;
}

}  // namespace pue::web
