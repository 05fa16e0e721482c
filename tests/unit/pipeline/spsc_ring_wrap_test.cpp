#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "agent/pipeline/spsc_ring.h"

namespace pue {
namespace {

/// Runs `items` numbers through a ring whose indices begin at `start`, never more than `ahead` of them inside at once,
/// taken out by pop and by drain in turn.
template <class Index>
void run_through(std::size_t capacity, Index start, std::uint64_t items, std::size_t ahead) {
  CAPTURE(capacity);
  CAPTURE(ahead);
  SpscRing<std::uint64_t, RingOrders, Index> ring{capacity, start};
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  bool by_drain = false;
  while (out < items) {
    while (in < items && in - out < ahead) REQUIRE(ring.push(in++));
    if (in - out == ring.capacity()) REQUIRE_FALSE(ring.push(0));
    if (by_drain) {
      REQUIRE(ring.drain([&](std::uint64_t item) { REQUIRE(item == out++); }) > 0);
    } else {
      std::uint64_t item = 0;
      REQUIRE(ring.pop(item));
      REQUIRE(item == out++);
    }
    by_drain = !by_drain;
  }
  std::uint64_t item = 0;
  CHECK_FALSE(ring.pop(item));
}

TEST_CASE_TEMPLATE("the order survives the wrap of the index", Index, std::uint8_t, std::uint16_t, std::uint32_t,
                   std::uint64_t) {
  for (const std::size_t capacity : {1U, 2U, 3U, 5U, 16U, 64U}) {
    for (const std::size_t ahead : {std::size_t{1}, (capacity + 1) / 2, capacity}) {
      run_through<Index>(capacity, static_cast<Index>(std::numeric_limits<Index>::max() - 3), 1'000, ahead);
    }
  }
}

TEST_CASE("eight-bit indices go round a hundred times with half their range as slots") {
  run_through<std::uint8_t>(128, 250, 25'600, 128);
  run_through<std::uint8_t>(128, 129, 25'600, 127);
}

TEST_CASE("a ring whose index cannot tell full from empty is refused") {
  using Small = SpscRing<int, RingOrders, std::uint8_t>;
  CHECK_NOTHROW(Small{128});
  CHECK_THROWS_AS(Small{129}, std::length_error);
  CHECK_THROWS_AS(Small{256}, std::length_error);
  CHECK_THROWS_AS(SpscRing<int>{std::numeric_limits<std::size_t>::max()}, std::length_error);
}

}  // namespace
}  // namespace pue
