#include "agent/units/sha256.h"

#include <doctest/doctest.h>

using pue::Sha256;

// Expected: FIPS 180-4 examples ("abc", 448 bits), and `printf '' | sha256sum`.

TEST_CASE("bytes at once have the digests of the standard's examples") {
  CHECK(Sha256::of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256::of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(Sha256::of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("bytes that come in pieces have the digest of the whole") {
  Sha256 hash;
  hash.add("a");
  hash.add("");
  hash.add("bc");
  CHECK(pue::hexadecimal(hash.finish()) == Sha256::of("abc"));
}
