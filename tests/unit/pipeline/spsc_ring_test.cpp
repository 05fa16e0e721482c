#include "agent/pipeline/spsc_ring.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace pue {
namespace {

std::vector<int> drained(SpscRing<int>& ring) {
  std::vector<int> items;
  ring.drain([&](int item) { items.push_back(item); });
  return items;
}

TEST_CASE("a capacity is rounded up to the next power of two") {
  const std::vector<std::pair<std::size_t, std::size_t>> asked_and_given{
      {0, 1}, {1, 1}, {2, 2}, {3, 4}, {4, 4}, {5, 8}, {33, 64}, {64, 64}, {65'535, 65'536}, {65'536, 65'536}};
  for (const auto& pair : asked_and_given) {
    CAPTURE(pair.first);
    CHECK(SpscRing<int>{pair.first}.capacity() == pair.second);
  }
}

TEST_CASE("a ring of each capacity takes exactly as many items as it has slots and gives them back in order") {
  for (std::size_t asked = 1; asked <= 64; ++asked) {
    CAPTURE(asked);
    SpscRing<std::size_t> ring{asked};
    const std::size_t slots = ring.capacity();
    for (std::size_t round = 0; round < 5; ++round) {
      for (std::size_t i = 0; i < slots; ++i) REQUIRE(ring.push(round * 1000 + i));
      REQUIRE_FALSE(ring.push(999'999));
      for (std::size_t i = 0; i < slots; ++i) {
        std::size_t item = 0;
        REQUIRE(ring.pop(item));
        REQUIRE(item == round * 1000 + i);
      }
      std::size_t untouched = 4711;
      REQUIRE_FALSE(ring.pop(untouched));
      REQUIRE(untouched == 4711);
    }
  }
}

TEST_CASE("a ring of 65536 slots gives back all of them in order") {
  SpscRing<std::uint32_t> ring{65'536};
  for (std::uint32_t i = 0; i < 65'536; ++i) REQUIRE(ring.push(i));
  CHECK_FALSE(ring.push(0));
  std::uint32_t expected = 0;
  CHECK(ring.drain([&](std::uint32_t item) { REQUIRE(item == expected++); }) == 65'536);
  CHECK(expected == 65'536);
}

TEST_CASE("a push into a full ring changes nothing") {
  SpscRing<int> ring{2};
  REQUIRE(ring.push(1));
  REQUIRE(ring.push(2));
  CHECK_FALSE(ring.push(3));
  CHECK_FALSE(ring.push(4));
  CHECK(drained(ring) == std::vector{1, 2});
}

TEST_CASE("one slot given back is one slot to take") {
  SpscRing<int> ring{4};
  for (int i = 0; i < 4; ++i) REQUIRE(ring.push(i));
  int item = -1;
  REQUIRE(ring.pop(item));
  CHECK(ring.push(4));
  CHECK_FALSE(ring.push(5));
  CHECK(drained(ring) == std::vector{1, 2, 3, 4});
}

TEST_CASE("a drain of an empty ring hands out nothing") {
  SpscRing<int> ring{4};
  CHECK(drained(ring).empty());
  REQUIRE(ring.push(1));
  CHECK(drained(ring) == std::vector{1});
  CHECK(drained(ring).empty());
}

TEST_CASE("pop and drain can take turns") {
  SpscRing<int> ring{4};
  int item = 0;
  for (int i = 0; i < 3; ++i) REQUIRE(ring.push(i));
  REQUIRE(ring.pop(item));
  CHECK(item == 0);
  CHECK(drained(ring) == std::vector{1, 2});
  CHECK_FALSE(ring.pop(item));
  for (int i = 3; i < 7; ++i) REQUIRE(ring.push(i));
  REQUIRE(ring.pop(item));
  CHECK(item == 3);
  CHECK(drained(ring) == std::vector{4, 5, 6});
}

TEST_CASE("a drain hands out what was there at its start, not what arrives during it") {
  SpscRing<int> ring{8};
  REQUIRE(ring.push(1));
  REQUIRE(ring.push(2));
  std::vector<int> seen;
  // One thread is allowed to be both sides.
  CHECK(ring.drain([&](int item) {
    seen.push_back(item);
    CHECK(ring.push(item + 10));
  }) == 2);
  CHECK(seen == std::vector{1, 2});
  CHECK(drained(ring) == std::vector{11, 12});
}

}  // namespace
}  // namespace pue
