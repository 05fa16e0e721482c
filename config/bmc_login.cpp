#include "config/bmc_login.h"

#include <algorithm>

namespace pue::config {
namespace {

constexpr std::int64_t k_sha256 = 17;
constexpr std::int64_t k_sha1 = 3;

/// Why a cipher suite of IPMI 2.0 (table 22-20) is not for us.
std::string why_not(std::int64_t suite) {
  const auto one_of = [&](std::initializer_list<std::int64_t> suites) {
    return std::find(suites.begin(), suites.end(), suite) != suites.end();
  };
  std::string why = "there is no such suite in IPMI 2.0";
  if (suite == 0) why = "it has no authentication: whoever reaches the port may log in";
  if (one_of({1, 2, 6, 7, 11, 15, 16})) why = "it does not encrypt";
  if (one_of({4, 5, 9, 10, 13, 14, 18, 19})) why = "its cipher, RC4, is broken";
  if (one_of({8, 12})) why = "it relies on MD5, which is broken";
  return "cipher suite " + std::to_string(suite) + " is refused: " + why +
         "; expected 17 (SHA-256) or, for old BMCs, 3";
}

void read_suites(Section& section, Located<std::vector<std::uint8_t>>& target) {
  const auto* found = section.node("cipher_suites");
  if (found == nullptr) return;
  const auto at = place_of(found->source());
  const auto* list = found->as_array();
  if (list == nullptr || list->empty()) {
    return section.report(at, "cipher_suites", "expected a list: [17], [17, 3] or [3]");
  }
  std::vector<std::uint8_t> suites;
  for (const auto& entry : *list) {
    const auto* number = entry.as_integer();
    const auto place = place_of(entry.source());
    if (number == nullptr) return section.report(place, "cipher_suites", "expected numbers: [17], [17, 3] or [3]");
    const auto suite = number->get();
    if (suite != k_sha256 && suite != k_sha1) return section.report(place, "cipher_suites", why_not(suite));
    if (std::find(suites.begin(), suites.end(), suite) != suites.end()) {
      return section.report(place, "cipher_suites", "suite " + std::to_string(suite) + " stands twice");
    }
    if (suite == k_sha256 && !suites.empty()) {
      return section.report(place, "cipher_suites", "the stronger suite is tried first: write [17, 3]");
    }
    suites.push_back(static_cast<std::uint8_t>(suite));
  }
  target = {std::move(suites), at};
}

}  // namespace

void read_bmc_login(Section& section, BmcLogin& login) {
  Located<std::string> username;
  section.text("username", username, 64);
  if (username.value.size() > 16) {
    section.report(username.at, "username", "a BMC's user name has at most 16 bytes");
  } else if (username.given()) {
    login.username = std::move(username);
  }
  section.text("password_file", login.password_file, 1024);
  section.text("kg_file", login.kg_file, 1024);
  Located<std::string> privilege;
  section.text("privilege", privilege, 64);
  if (privilege.given() && privilege.value != "user" && privilege.value != "operator") {
    section.report(privilege.at, "privilege",
                   "expected \"user\", which is enough to read, or \"operator\"; more is never asked for");
  } else if (privilege.given()) {
    login.privilege = std::move(privilege);
  }
  read_suites(section, login.cipher_suites);
  section.texts("quirks", login.quirks);
}

bool is_given(const BmcLogin& login) {
  return login.username.given() || login.password_file.given() || login.kg_file.given() || login.privilege.given() ||
         login.cipher_suites.given() || !login.quirks.empty();
}

}  // namespace pue::config
