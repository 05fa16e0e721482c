#include "agent/ledger/note.h"

#include <doctest/doctest.h>

#include "agent/ledger/base64.h"

using namespace pue;
using namespace pue::ledger;

namespace {

// The example of the package golang.org/x/mod/sumdb/note, after which the C2SP specification was written.
constexpr std::string_view k_known_vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view k_known_note =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

}  // namespace

TEST_CASE("a signed note of another implementation is read, checked and written as it was") {
  const auto key = parse_vkey(k_known_vkey);
  REQUIRE(key);
  CHECK(key->name == "PeterNeumann");
  CHECK(vkey_of(*key) == k_known_vkey);
  const auto note = parse_note(k_known_note);
  REQUIRE(note);
  CHECK(is_signed_by(*note, *key));
  CHECK(write_note(*note) == k_known_note);
}

TEST_CASE("no bit of a note can change without its signature or its form being lost") {
  const auto key = parse_vkey(k_known_vkey);
  REQUIRE(key);
  for (std::size_t i = 0; i < k_known_note.size() * 8; ++i) {
    std::string changed{k_known_note};
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << i % 8));
    const auto note = parse_note(changed);
    CHECK_FALSE((note && is_signed_by(*note, *key)));
  }
}

TEST_CASE("no bit of a key's line can change without its id being wrong") {
  for (std::size_t i = 0; i < k_known_vkey.size() * 8; ++i) {
    std::string changed{k_known_vkey};
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << i % 8));
    CHECK_FALSE(parse_vkey(changed));
  }
}

TEST_CASE("a checkpoint has one spelling") {
  const Checkpoint checkpoint{.origin = "pue-agent/taiyuan-1", .size = 42, .root = {1, 2, 3}};
  const std::string text = checkpoint_text(checkpoint);
  CHECK(text == "pue-agent/taiyuan-1\n42\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
  const auto parsed = parse_checkpoint(text);
  REQUIRE(parsed);
  CHECK(parsed->size == 42);
  CHECK(parsed->root == checkpoint.root);
  CHECK(parse_checkpoint(text + "an extension\n"));
  for (const std::string_view other :
       {"pue-agent/taiyuan-1\n042\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "pue-agent/taiyuan-1\n+42\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "pue-agent/taiyuan-1\n-1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "pue-agent/taiyuan-1\n42\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n", "pue-agent/taiyuan-1\n42\nAQID\n",
        "\n42\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "pue-agent/taiyuan-1\n42\n", ""}) {
    CHECK_FALSE(parse_checkpoint(other));
  }
}

TEST_CASE("what an interrupted append left at the end of a file of notes is no note") {
  const std::string one{k_known_note};
  const std::string file = one + "\n" + one + "\n";
  CHECK(split_notes(file).size() == 2);
  CHECK(split_notes(file)[1] == one);
  for (std::size_t i = 0; i < one.size(); ++i) {
    const std::string cut = one + "\n" + one.substr(0, i);
    CHECK(split_notes(cut).size() == 1);
  }
  CHECK(split_notes("").empty());
}

TEST_CASE("base64 is that of RFC 4648, in its one spelling") {
  // RFC 4648, section 10.
  CHECK(to_base64("") == "");
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("fo") == "Zm8=");
  CHECK(to_base64("foo") == "Zm9v");
  CHECK(to_base64("foob") == "Zm9vYg==");
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  CHECK(from_base64("Zm9vYmFy") == "foobar");
  CHECK(from_base64("Zg==") == "f");
  for (const std::string_view other : {"Zh==", "Zg=", "Zg", "Zg===", "Z", "=", "Zm9v\n", "Zm 9v", "Zg==Zg=="}) {
    CHECK_FALSE(from_base64(other));
  }
}
