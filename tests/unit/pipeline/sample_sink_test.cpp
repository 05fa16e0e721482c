#include "collectors/sample_sink.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

namespace {
std::atomic<std::uint64_t> g_allocations{0};
}  // namespace

// Counted, so that a test can say that there were none.
void* operator new(std::size_t size) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace pue::collectors {
namespace {

/// A meter's register as it was when read: the only form in which energy travels.
Sample register_reading(PointId point, std::uint64_t count) {
  return {.at = Instant{Duration{1}}, .raw = count, .point = point};
}

TEST_CASE("a sample that finds the ring full is counted, and the next of its point carries the gap mark") {
  SpscRing<Sample> ring{2};
  CollectorStats stats;
  SampleSink sink{ring, stats, 2};
  sink.put(register_reading(0, 1));
  sink.put(register_reading(1, 1));
  sink.put(register_reading(0, 2));  // lost
  CHECK(stats.dropped_samples() == 1);
  ring.drain([](const Sample& sample) { CHECK_FALSE(sample.gap); });

  sink.put(register_reading(1, 2));
  sink.put(register_reading(0, 3));
  std::vector<Sample> got;
  ring.drain([&](const Sample& sample) { got.push_back(sample); });
  REQUIRE(got.size() == 2);
  CHECK_FALSE(got[0].gap);  // of point 1 nothing is missing
  CHECK(got[1].gap);

  sink.put(register_reading(0, 4));
  ring.drain([](const Sample& sample) { CHECK_FALSE(sample.gap); });
}

TEST_CASE("while the engine stays away the ring keeps the oldest, drops the rest and allocates nothing") {
  SpscRing<Sample> ring{1'024};
  CollectorStats stats;
  SampleSink sink{ring, stats, 1};
  const auto before = g_allocations.load();
  for (std::uint64_t count = 0; count < 1'000'000; ++count) sink.put(register_reading(0, count));
  const auto after = g_allocations.load();
  CHECK(after == before);
  CHECK(stats.dropped_samples() == 1'000'000 - 1'024);
  std::uint64_t expected = 0;
  const auto kept = ring.drain([&](const Sample& sample) { REQUIRE(sample.raw == expected++); });
  CHECK(kept == 1'024);

  // Back again, the register itself tells what passed in between, to the last count.
  sink.put(register_reading(0, 1'000'000));
  ring.drain([&](const Sample& sample) {
    CHECK(sample.gap);
    CHECK(sample.raw == 1'000'000);
  });
}

/// What a consumer saw of one register that counts 0, 1, 2, ...
struct Register {
  std::uint64_t received = 0;
  std::uint64_t next = 0;
  std::uint64_t energy = 0;
  std::uint64_t unmarked_gaps = 0;
  std::uint64_t false_marks = 0;

  void take(const Sample& sample) {
    const bool jumped = sample.raw != next;
    if (jumped && !sample.gap) ++unmarked_gaps;
    if (!jumped && sample.gap) ++false_marks;
    energy += sample.raw + 1 - next;
    next = sample.raw + 1;
    ++received;
  }
};

TEST_CASE("a producer far faster than the consumer: every loss counted and marked, no energy lost, nothing allocated") {
  for (const std::size_t capacity : {1U, 2U, 3U, 16U, 64U}) {
    CAPTURE(capacity);
    constexpr std::uint64_t k_readings = 200'000;
    SpscRing<Sample> ring{capacity};
    CollectorStats stats;
    SampleSink sink{ring, stats, 1};
    Register seen;
    std::atomic<bool> produced{false};
    std::uint64_t allocated = 0;
    std::thread consumer{[&] {
      while (!produced.load(std::memory_order_acquire)) {
        ring.drain([&](const Sample& sample) { seen.take(sample); });
        std::this_thread::sleep_for(std::chrono::microseconds{200});
      }
    }};
    const auto before = g_allocations.load();
    for (std::uint64_t count = 0; count < k_readings; ++count) sink.put(register_reading(0, count));
    allocated = g_allocations.load() - before;
    produced.store(true, std::memory_order_release);
    consumer.join();

    ring.drain([&](const Sample& sample) { seen.take(sample); });
    sink.put(register_reading(0, k_readings));
    ring.drain([&](const Sample& sample) { seen.take(sample); });
    CHECK(allocated == 0);
    CHECK(stats.dropped_samples() > 0);
    CHECK(seen.received + stats.dropped_samples() == k_readings + 1);
    CHECK(seen.unmarked_gaps == 0);
    CHECK(seen.false_marks == 0);
    CHECK(seen.energy == k_readings + 1);
  }
}

}  // namespace
}  // namespace pue::collectors
