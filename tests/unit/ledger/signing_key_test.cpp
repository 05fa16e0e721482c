#include "agent/ledger/signing_key.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/unit/ledger/temporary_folder.h"

using namespace pue;
using namespace pue::ledger;

namespace {

// RFC 8032, section 7.1, test 1, in the form that openssl genpkey writes.
constexpr const char* k_known_key =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

}  // namespace

TEST_CASE("a known key signs as RFC 8032 says") {
  const TemporaryFolder folder;
  std::ofstream{folder.file("key")} << k_known_key;
  ::chmod(folder.file("key").c_str(), 0600);
  const auto key = SigningKey::load(folder.file("key"));
  REQUIRE(key);
  CHECK(key->public_key()[0] == 0xd7);
  CHECK(key->public_key()[31] == 0x1a);
  const Signature signature = key->sign("");
  CHECK(signature[0] == 0xe5);
  CHECK(signature[63] == 0x0b);
  CHECK(signature_fits(key->public_key(), "", signature));
  CHECK_FALSE(signature_fits(key->public_key(), "x", signature));
  const auto again = public_key_from_pem(public_key_pem(key->public_key()));
  REQUIRE(again);
  CHECK(*again == key->public_key());
}

TEST_CASE("a key is made once, for its owner alone, and then found again") {
  const TemporaryFolder folder;
  const auto made = SigningKey::load_or_create(folder.file("key"));
  REQUIRE(made);
  struct stat status{};
  REQUIRE(::stat(folder.file("key").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600);
  const auto found = SigningKey::load_or_create(folder.file("key"));
  REQUIRE(found);
  CHECK(found->public_key() == made->public_key());
}

TEST_CASE("what somebody left who was killed while making a key is in nobody's way") {
  const TemporaryFolder folder;
  std::ofstream{folder.file("key.new")} << "-----BEGIN PRIV";
  const auto made = SigningKey::load_or_create(folder.file("key"));
  REQUIRE(made);
  CHECK_FALSE(std::filesystem::exists(folder.file("key.new")));
  const auto found = SigningKey::load(folder.file("key"));
  REQUIRE(found);
  CHECK(found->public_key() == made->public_key());
}

TEST_CASE("a key that others may read is refused with what to do") {
  const TemporaryFolder folder;
  REQUIRE(SigningKey::load_or_create(folder.file("key")));
  ::chmod(folder.file("key").c_str(), 0644);
  const auto refused = SigningKey::load_or_create(folder.file("key"));
  REQUIRE_FALSE(refused);
  CHECK(describe(refused.error()).find("chmod 600 " + folder.file("key")) != std::string::npos);
}

TEST_CASE("what is no Ed25519 key is refused and left as it is") {
  const TemporaryFolder folder;
  for (const std::string text : {"", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
    std::ofstream{folder.file("key")} << text;
    ::chmod(folder.file("key").c_str(), 0600);
    const auto refused = SigningKey::load_or_create(folder.file("key"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Error::Kind::key);
    CHECK(std::filesystem::file_size(folder.file("key")) == text.size());
  }
  CHECK_FALSE(SigningKey::load_or_create(folder.file("missing/key")));
}
