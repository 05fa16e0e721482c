#include <doctest/doctest.h>
#include <sys/resource.h>

#include <chrono>
#include <string>

#include "config/toml/parse.h"

using pue::safe_toml::parse;
using pue::safe_toml::ParseError;

namespace {

ParseError refusal(std::string_view text) {
  const auto result = parse(text);
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

long resident_high_water_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// T-F2: refused within 50 ms and with less than 32 MB more than before.
void is_refused_at_once(const std::string& text) {
  const auto memory = resident_high_water_kib();
  const auto begin = std::chrono::steady_clock::now();
  const auto result = parse(text);
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK_FALSE(result.has_value());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(took < std::chrono::milliseconds{50});
  CHECK(resident_high_water_kib() - memory < 32 * 1024);
#else
  (void)took;
  (void)memory;
#endif
}

}  // namespace

TEST_CASE("a bare Chinese table header is refused with its place and how to write it") {
  const auto error = refusal("a = 1\n\n[device.电表]\n");
  CHECK(error.line == 3);
  CHECK(error.column == 9);
  CHECK(error.message.find("\"电表\"") != std::string::npos);
}

TEST_CASE("Chinese names work as quoted keys and as values") {
  const auto table = parse("[device.\"电表-1\"]\nname = '一号楼'\n# 注释\n");
  REQUIRE(table.has_value());
  CHECK((*table)["device"]["电表-1"]["name"].value<std::string>() == "一号楼");
}

TEST_CASE("malformed text is refused with line and column and ends nothing") {
  struct Case {
    std::string text;
    unsigned line;
  };
  const Case cases[] = {
      {"[?", 1},
      {"a = 1\n[?", 2},
      {"\xEF\xBB\xBF(", 1},
      {"a = \"\xC3\x28\"", 1},          // bad continuation
      {"a = 1\nb = \"\xC0\xAF\"", 2},   // overlong /
      {"a = \"\xED\xA0\x80\"", 1},      // surrogate
      {"a = \"\xF4\x90\x80\x80\"", 1},  // above U+10FFFF
      {std::string("a = 1\0", 6), 1},   // NUL
      {std::string("\xFF\xFE"
                   "a\0=\0",
                   6),
       1},                              // UTF-16
      {"a = 1\na = 2", 2},              // key twice
      {"[t]\na = 1\n[t]\n", 3},         // table twice
      {"a = 99999999999999999999", 1},  // integer overflow
      {"a = 1979-02-30", 1},            // no such day
      {"a = \"x", 1},
      {"a = [1, 2", 1},
      {"a = \"\"\"\\\né\"\"\"", 1},  // reaches undefined behaviour in toml++ 3.3
      {"a", 1},
      {"= 1", 1},
      {"a = 1 b = 2", 1},
      {"[]", 1},
      {"a.b = 1\n[a]\nb = 2\n", 2},
      {"a = \x01", 1},
      {"a = 8.e9\"09\xEF\xB7\xBFr\"", 1},  // a string inside a number: undefined behaviour in toml++ 3.3
      {"a = 1'x'", 1},
      {"a\"x\" = 1", 1},
      {"a = \"x\"'y'", 1},
  };
  for (const auto& item : cases) {
    CAPTURE(item.text);
    const auto error = refusal(item.text);
    CHECK(error.line == item.line);
    CHECK(error.column >= 1);
    CHECK_FALSE(error.message.empty());
  }
}

TEST_CASE("quotes may stand wherever a key or value begins") {
  CHECK(
      parse(
          "a.\"b\".'c' = \"x\"\n[\"t\".'u']\nv=[\"x\",'y',[\"z\"]]\nw={\"k\"=\"x\",'l'='y'}\n\t\"m\"=''\n\"n\" = \"\"")
          .has_value());
}

TEST_CASE("CRLF, an empty text, a BOM and the special floats are TOML") {
  CHECK(parse("").has_value());
  CHECK(parse("a = 1\r\nb = 2\r\n").has_value());
  CHECK(parse("\xEF\xBB\xBF"
              "a = 1\n")
            .has_value());
  CHECK(parse("a = inf\nb = nan\n").has_value());
  CHECK(parse("a = \"\"\"x\"\"\"\"\"\nb = '''y''''\n").has_value());
}

TEST_CASE("texts made to exhaust the parser are refused at once") {
  is_refused_at_once("a" + repeated(".a", 300'000) + " = 1\n");
  is_refused_at_once(repeated("[", 1'000'000));
  is_refused_at_once("a = " + repeated("{a=", 10'000));
  is_refused_at_once("a = [\n" + repeated("[\n", 100'000));
  is_refused_at_once(repeated("a = 1 # comment\n", 20'000'000 / 16));
  is_refused_at_once(repeated("k", 10'000'000) + " = 1\n");
  std::string keys;
  for (int i = 0; i < 1'000'000; ++i) keys += "k" + std::to_string(i) + "=1\n";
  is_refused_at_once(keys);
  is_refused_at_once("a = [" + repeated("1,\n", 300'000) + "]\n");
}

TEST_CASE("a key of sixteen parts is read and one of seventeen refused") {
  CHECK(parse("a" + repeated(".a", 15) + " = 1\n").has_value());
  CHECK(refusal("a" + repeated(".a", 16) + " = 1\n").message.find("16 parts") != std::string::npos);
  CHECK(parse("a = [" + repeated("1.5, ", 500) + "]\n").has_value());
}

TEST_CASE("directories, devices and missing files are refused by name") {
  CHECK_FALSE(pue::safe_toml::read_file("/").has_value());
  CHECK_FALSE(pue::safe_toml::read_file("/dev/zero").has_value());
  const auto missing = pue::safe_toml::read_file("/nonexistent/pue.toml");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().message.find("/nonexistent/pue.toml") != std::string::npos);
}
