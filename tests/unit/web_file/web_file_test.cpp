#include "tests/unit/config/folder.h"
#include "tests/unit/web_file/refusals.h"

using namespace pue;
using namespace pue::config;
using namespace pue::test;

namespace {

// crypt(3) of "secret" with each prefix, by libxcrypt 4.4.33.
constexpr std::string_view k_hash = "$2y$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u";

std::string user(std::string_view hash) { return "basic_auth_users:\n  prom: " + std::string{hash} + "\n"; }

std::string with(std::string_view begin) { return std::string{begin} + std::string{k_hash.substr(begin.size())}; }

}  // namespace

TEST_CASE("an empty file asks for nothing") {
  for (const char* text : {"", "tls_server_config:\n", "tls_server_config: {}\nbasic_auth_users:\n"}) {
    const auto file = accepted(text);
    CHECK_FALSE(file.tls);
    CHECK(file.users.empty());
    CHECK(file.headers.empty());
  }
}

TEST_CASE("users are names and bcrypt hashes") {
  const auto file = accepted(user(k_hash) + "  \"二 号\": " + with("$2a$04$") + "\n  three: " + with("$2b$14$") + "\n");
  REQUIRE(file.users.size() == 3);
  CHECK(file.users[0].name == "prom");
  CHECK(file.users[0].hash == k_hash);
  CHECK(file.users[1].name == "二 号");
}

TEST_CASE("other hashes, costs beyond reason and passwords in the clear are refused, and never shown") {
  const std::string expected =
      "/etc/web.yml:2:9: basic_auth_users.prom: expected a bcrypt hash ($2a$, $2b$ or $2y$), as `htpasswd -nBC 10 "
      "\"\"` "
      "makes them\n";
  for (const auto& hash : {std::string{"hunter2"}, std::string{"$1$abcdefgh$abcdefghijklmnopqrstuv"},
                           std::string{"$6$abc$def"}, with("$2x$10$"), with("$2y$1a$"), std::string{k_hash} + "a",
                           std::string{k_hash.substr(1)}, std::string{k_hash.substr(0, 59)} + "!"}) {
    INFO(hash);
    CHECK(refusals(user(hash)) == expected);
  }
  CHECK(refusals(user(with("$2y$15$"))) ==
        "/etc/web.yml:2:9: basic_auth_users.prom: a cost of 15 takes seconds for each password: at most 14, 10 is "
        "usual\n");
  CHECK(refusals(user(with("$2y$03$"))) == "/etc/web.yml:2:9: basic_auth_users.prom: bcrypt knows no cost below 4\n");
  CHECK(refusals("basic_auth_users:\n  prom:\n").starts_with("/etc/web.yml:"));
  CHECK(refusals("basic_auth_users:\n  prom: [a]\n").starts_with("/etc/web.yml:2:9: basic_auth_users.prom: expected"));
}

TEST_CASE("a name that cannot be sent is refused") {
  const std::string why = "expected a name of 1 to 256 bytes without ':' and control characters\n";
  const std::string hash{k_hash};
  CHECK(refusals("basic_auth_users: {\"a:b\": " + hash + "}") == "/etc/web.yml:1:20: basic_auth_users.\"a:b\": " + why);
  CHECK(refusals("basic_auth_users: {\"\": " + hash + "}") == "/etc/web.yml:1:20: basic_auth_users: " + why);
  CHECK(refusals("basic_auth_users: {\"a\\nb\": " + hash + "}").ends_with(why));
  CHECK(refusals("basic_auth_users: {a: " + hash + ", a: " + hash + "}").find("already in line 1") !=
        std::string::npos);
}

TEST_CASE("headers are those that the toolkit knows") {
  const auto file = accepted(
      "http_server_config:\n  http2: true\n  headers:\n    X-Frame-Options: deny\n    X-Content-Type-Options: nosniff\n"
      "    X-XSS-Protection: 1; mode=block\n    Strict-Transport-Security: max-age=1\n"
      "    Content-Security-Policy: default-src 'self'\n");
  REQUIRE(file.headers.size() == 5);
  CHECK(file.headers[0] == std::pair<std::string, std::string>{"Content-Security-Policy", "default-src 'self'"});
  CHECK(accepted("http_server_config: {http2: false, headers: }").headers.empty());
}

TEST_CASE("a wrong header is refused with its place") {
  const auto one = [](std::string_view line) {
    return refusals("http_server_config:\n  headers:\n    " + std::string{line} + "\n");
  };
  const std::string path = "http_server_config.headers.";
  CHECK(one("X-Frame-Option: deny") ==
        "/etc/web.yml:3:5: " + path + "X-Frame-Option: unknown key, did you mean 'X-Frame-Options'?\n");
  CHECK(one("X-Frame-Options: allow") ==
        "/etc/web.yml:3:22: " + path + "X-Frame-Options: expected deny or sameorigin\n");
  CHECK(one("X-Content-Type-Options: x") ==
        "/etc/web.yml:3:29: " + path + "X-Content-Type-Options: expected nosniff\n");
  CHECK(one("X-XSS-Protection: \"a\\r\\nSet-Cookie: b\"") ==
        "/etc/web.yml:3:23: " + path + "X-XSS-Protection: expected one line of ASCII\n");
  CHECK(one("X-XSS-Protection: [1]") == "/etc/web.yml:3:23: " + path + "X-XSS-Protection: expected text\n");
}

TEST_CASE("what is unknown, and what the agent does not do, is refused with its place") {
  CHECK(refusals("tls_server_confg: {}\n") ==
        "/etc/web.yml:1:1: tls_server_confg: unknown key, did you mean 'tls_server_config'?\n");
  CHECK(refusals("http_server_config: {http: true}") ==
        "/etc/web.yml:1:22: http_server_config.http: unknown key, did you mean 'http2'?\n");
  CHECK(refusals("http_server_config: {http2: maybe}") ==
        "/etc/web.yml:1:29: http_server_config.http2: expected true or false\n");
  CHECK(refusals("http_server_config: {http2: \"true\"}") ==
        "/etc/web.yml:1:29: http_server_config.http2: expected true or false\n");
  CHECK(refusals("rate_limit: {interval: 1s, burst: 5}") ==
        "/etc/web.yml:1:1: rate_limit: not supported: connections are bounded by themselves; leave it out\n");
  CHECK(refusals("- a\n") == "/etc/web.yml:1:1: expected keys and values\n");
  CHECK(refusals("basic_auth_users: [a]\n") == "/etc/web.yml:1:19: basic_auth_users: expected keys and values\n");
  CHECK(refusals("a: [\n").starts_with("/etc/web.yml:"));
}

TEST_CASE("a file that is none, or larger than any needs to be, is refused") {
  const Folder folder;
  const auto refused = [&](const std::string& path) {
    const auto file = load_web_file(path);
    REQUIRE_FALSE(file);
    return describe(file.error().front());
  };
  CHECK(refused((folder.path() / "gone.yml").string()).find("No such file") != std::string::npos);
  CHECK(refused("/tmp").find("not a regular file") != std::string::npos);
  CHECK(refused("/dev/zero").find("not a regular file") != std::string::npos);
  CHECK(refused(folder.write("large.yml", std::string(300'000, '#'))).find("larger than 256 KiB") != std::string::npos);
}
