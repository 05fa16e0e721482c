#include <doctest/doctest.h>

#include <string>

#include "config/load.h"

using namespace pue::config;

namespace {

std::string device(const std::string& keys) { return "device.n = { url = \"ipmi://h\", " + keys + " }"; }

BmcLogin login(const std::string& keys) {
  const auto settings = load_text(device(keys), "pue.toml");
  REQUIRE(settings.has_value());
  return settings->devices.at(0).login;
}

std::string problem(const std::string& keys) {
  const auto settings = load_text(device(keys), "pue.toml");
  REQUIRE_FALSE(settings.has_value());
  REQUIRE(settings.error().size() == 1);
  return describe(settings.error().front());
}

bool has(const std::string& text, std::string_view part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a BMC's login has suite 17 and privilege user unless it says otherwise") {
  const auto plain = login("username = \"m\", password_file = \"p\"");
  CHECK(plain.cipher_suites.value == std::vector<std::uint8_t>{17});
  CHECK(plain.privilege.value == "user");
  const auto full = login(
      "username = \"abcdefghijklmnop\", password_file = \"p\", kg_file = \"k\", privilege = \"operator\", "
      "cipher_suites = [17, 3]");
  CHECK(full.username.value.size() == 16);
  CHECK(full.kg_file.value == "k");
  CHECK(full.privilege.value == "operator");
  CHECK(full.cipher_suites.value == std::vector<std::uint8_t>{17, 3});
  CHECK(login("cipher_suites = [3]").cipher_suites.value == std::vector<std::uint8_t>{3});
}

TEST_CASE("every weaker cipher suite is refused with its reason") {
  CHECK(has(problem("cipher_suites = [0]"), "cipher suite 0 is refused: it has no authentication"));
  CHECK(has(problem("cipher_suites = [17, 2]"), "cipher suite 2 is refused: it does not encrypt"));
  CHECK(has(problem("cipher_suites = [15]"), "it does not encrypt"));
  CHECK(has(problem("cipher_suites = [18]"), "RC4"));
  CHECK(has(problem("cipher_suites = [8]"), "MD5"));
  CHECK(has(problem("cipher_suites = [99]"), "no such suite"));
  CHECK(has(problem("cipher_suites = [-1]"), "no such suite"));
  CHECK(has(problem("cipher_suites = [3, 17]"), "the stronger suite is tried first"));
  CHECK(has(problem("cipher_suites = [3, 3]"), "stands twice"));
  CHECK(has(problem("cipher_suites = []"), "expected a list"));
  CHECK(has(problem("cipher_suites = 17"), "expected a list"));
  CHECK(has(problem("cipher_suites = [\"17\"]"), "expected numbers"));
  for (int suite = 0; suite < 300; ++suite) {
    if (suite == 3 || suite == 17) continue;
    CHECK(has(problem("cipher_suites = [" + std::to_string(suite) + "]"), "is refused"));
  }
}

TEST_CASE("a user name has at most 16 bytes, and no privilege above operator is known") {
  CHECK(has(problem("username = \"abcdefghijklmnopq\""), "at most 16 bytes"));
  CHECK(has(problem("privilege = \"administrator\""), "more is never asked for"));
}

TEST_CASE("a password in the configuration or in an url is refused and not repeated") {
  const auto key = problem("password = \"tell-nobody\"");
  CHECK(has(key, "unknown key, did you mean 'password_file'?"));
  CHECK_FALSE(has(key, "tell-nobody"));
  for (const std::string url :
       {"ipmi://m:tell-nobody@h", "ipmi://h?password=tell-nobody", "ipmi://h:623?p=tell-nobody"}) {
    const auto settings = load_text("device.n = { url = \"" + url + "\" }", "pue.toml");
    REQUIRE_FALSE(settings.has_value());
    CHECK(has(describe(settings.error().front()), "password_file = ..."));
    CHECK_FALSE(has(describe(settings.error().front()), "tell-nobody"));
  }
}

TEST_CASE("the machine's own BMC has a path") {
  CHECK(std::get<IpmiLocalUrl>(parse_url("ipmi-local:///dev/ipmi0")->address).path == "/dev/ipmi0");
  for (const auto* const wrong : {"ipmi-local://", "ipmi-local:///", "ipmi-local://dev/ipmi0", "ipmi-local:///dev/",
                                  "ipmi-local:///dev/ipmi0?user=x", "ipmi://h/1", "ipmi://h/", "ipmi:///dev/ipmi0"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_url(wrong).has_value());
  }
}
