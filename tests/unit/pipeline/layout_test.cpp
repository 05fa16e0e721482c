// What the pipeline promises of its memory, held by the compiler (the test that runs is only that this file compiles).

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <type_traits>

#include "agent/pipeline/board.h"
#include "agent/pipeline/sample.h"
#include "agent/pipeline/seqlock_block.h"
#include "agent/pipeline/spsc_ring.h"

namespace pue {
namespace {

static_assert(sizeof(Sample) <= 32);
static_assert(std::is_trivially_copyable_v<Sample>);

// Every atomic the pipeline uses is a machine word, never a lock.
static_assert(std::atomic<std::uint8_t>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<std::size_t>::is_always_lock_free);

// What both sides only read, what the producer writes and what the consumer writes: a cache line each. Without the
// alignment of either index the ring would have two lines.
static_assert(alignof(SpscRing<Sample>) == k_cache_line);
static_assert(sizeof(SpscRing<Sample>) == 3 * k_cache_line);

// A ring or a block that moved would leave the other thread behind.
static_assert(!std::is_copy_constructible_v<SpscRing<Sample>> && !std::is_move_constructible_v<SpscRing<Sample>>);
static_assert(!std::is_copy_constructible_v<SeqlockBlock> && !std::is_move_constructible_v<SeqlockBlock>);
static_assert(!std::is_copy_constructible_v<Board> && !std::is_move_constructible_v<Board>);

// The published orders are these and no others.
static_assert(RingOrders::publish_head == std::memory_order_release);
static_assert(RingOrders::observe_head == std::memory_order_acquire);
static_assert(RingOrders::publish_tail == std::memory_order_release);
static_assert(RingOrders::observe_tail == std::memory_order_acquire);
static_assert(SeqlockOrders::store_word == std::memory_order_release);
static_assert(SeqlockOrders::load_word == std::memory_order_acquire);
static_assert(SeqlockOrders::publish_sequence == std::memory_order_release);
static_assert(SeqlockOrders::observe_sequence == std::memory_order_acquire);

TEST_CASE("a ring's samples begin on a cache line, so that none lies across two") {
  SpscRing<Sample> ring{4};
  REQUIRE(ring.push(Sample{}));
  std::uintptr_t address = 1;
  ring.drain([&](const Sample& sample) { address = reinterpret_cast<std::uintptr_t>(&sample); });
  CHECK(address % k_cache_line == 0);
}

}  // namespace
}  // namespace pue
