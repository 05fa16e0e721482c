#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "config/yaml/parse.h"

using namespace pue;
using safe_yaml::Value;

namespace {

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

std::string why_not(std::string_view text) {
  const auto root = safe_yaml::parse(text);
  return root ? ""
              : std::to_string(root.error().at.line) + ":" + std::to_string(root.error().at.column) + " " +
                    root.error().message;
}

}  // namespace

TEST_CASE("maps, lists and scalars keep their order and their places") {
  const auto root = safe_yaml::parse("b: 1\na:\n  - \"x\"\n  - {k: }\n");
  REQUIRE(root);
  REQUIRE(root->kind == Value::Kind::map);
  REQUIRE(root->entries.size() == 2);
  CHECK(root->entries[0].key == "b");
  CHECK(root->entries[0].value.text == "1");
  CHECK_FALSE(root->entries[0].value.quoted);
  CHECK(root->entries[0].value.at == config::Place{1, 4});
  const auto& list = root->entries[1].value;
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[0].quoted);
  CHECK(list.items[0].at == config::Place{3, 5});
  CHECK(list.items[1].entries[0].key == "k");
  CHECK(list.items[1].entries[0].value.kind == Value::Kind::null);
}

TEST_CASE("an empty document has a root without a value") {
  for (const char* text : {"", "\n", "# nothing\n", "---\n", "---\n...\n", "# no end of line"}) {
    const auto root = safe_yaml::parse(text);
    REQUIRE(root);
    CHECK(root->kind == Value::Kind::null);
  }
}

TEST_CASE("what a configuration does not need is refused with its place") {
  CHECK(why_not("a: &x 1\nb: *x\n") == "1:4 anchors are not supported here");
  CHECK(why_not("a: !!binary aGVsbG8=\n") == "1:4 tags are not supported here");
  CHECK(why_not("a: 1\n---\na: 2\n") == "2:1 expected one document, this is the second");
  CHECK(why_not("a: 1\nb: 2\na: 3\n") == "3:1 a key of this name is already in line 1");
  CHECK(why_not("? [a]\n: 1\n") == "1:3 expected a key, got a map or a list");
  CHECK(why_not("a: \x01\n") == "1:4 a control character");
  CHECK(why_not("a: [1\n") != "");
  CHECK(why_not("a: \"x\n") != "");
  CHECK(why_not("a: 'x\n") != "");
  CHECK(why_not("a: 'x\nb: 1\n") != "");
  CHECK(why_not("\ta: 1\n") != "");
}

TEST_CASE("an alias is refused before anything could grow by it") {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    const std::string before = "*" + std::string(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [" + before + repeated("," + before, 8) + "]\n";
  }
  CHECK(why_not(bomb) == "1:4 anchors are not supported here");
}

TEST_CASE("no text within the limit of size takes longer than a moment") {
  constexpr std::size_t k_most = 1U << 18;
  for (const std::string_view piece :
       {"[",    "{",    "- ",   "? ",      ": ",    "a: ",        "&a ", "!", "\"",           "'",    "|\n",
        "a:\n", "{a: ", "[a, ", "- - a\n", "---\n", "%TAG ! a\n", "\\",  "#", "\xEF\xBB\xBF", "\xFF", "\xE4"}) {
    INFO(std::string{piece});
    const auto text = repeated(piece, k_most / piece.size());
    const auto begun = std::chrono::steady_clock::now();
    (void)safe_yaml::parse(text);
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{5});
    // ... nor below a key and with each depth of indentation.
    (void)safe_yaml::parse("a:\n  " + repeated(piece, 20'000));
    std::string stairs;
    for (std::size_t i = 0; i < 500; ++i) stairs += std::string(i, ' ') + std::string{piece} + "\n";
    (void)safe_yaml::parse(stairs);
  }
  CHECK(why_not(std::string(k_most + 1, 'a')) == "0:0 more than 262144 bytes");
}

TEST_CASE("nesting and the number of values are bounded") {
  CHECK(why_not(repeated("[", 8) + repeated("]", 8)) == "");
  CHECK(why_not(repeated("[", 9) + repeated("]", 9)) == "1:9 nested more than 8 deep");
  CHECK(why_not("[" + repeated("a,", 20'000) + "]").find("more than 16384 values") != std::string::npos);
}
