#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <thread>

#include "agent/pipeline/sample.h"
#include "agent/pipeline/spsc_ring.h"

namespace pue {
namespace {

/// A generator of pauses: the same seed gives the same schedule of yields.
class Yields {
 public:
  explicit Yields(std::uint32_t seed) : state_(seed * 2 + 1) {}
  void maybe() {
    state_ = state_ * 1'664'525U + 1'013'904'223U;
    if ((state_ >> 27) == 0) std::this_thread::yield();
  }

 private:
  std::uint32_t state_;
};

struct Seen {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t torn = 0;

  void take(const Sample& sample) {
    if (sample.raw != count) ++out_of_order;
    if (sample.value != static_cast<double>(sample.raw) || sample.point != static_cast<PointId>(sample.raw)) ++torn;
    ++count;
    sum += sample.raw;
  }
};

Sample numbered(std::uint64_t number) {
  return {.at = Instant{Duration{1}},
          .value = static_cast<double>(number),
          .raw = number,
          .point = static_cast<PointId>(number)};
}

/// A producer that insists and a consumer on a thread of its own.
template <class Consume>
Seen through_two_threads(std::size_t capacity, std::uint64_t items, Consume consume) {
  SpscRing<Sample, RingOrders, std::uint32_t> ring{capacity, 0xFFFF'FF00U};
  Seen seen;
  std::thread consumer{[&] {
    Yields yields{static_cast<std::uint32_t>(capacity)};
    while (seen.count < items) {
      if (!consume(ring, seen)) std::this_thread::yield();
      yields.maybe();
    }
  }};
  Yields yields{static_cast<std::uint32_t>(capacity) + 1000};
  for (std::uint64_t i = 0; i < items; ++i) {
    while (!ring.push(numbered(i))) std::this_thread::yield();
    yields.maybe();
  }
  consumer.join();
  return seen;
}

void check_exact(const Seen& seen, std::uint64_t items) {
  CHECK(seen.count == items);
  CHECK(seen.sum == items * (items - 1) / 2);
  CHECK(seen.out_of_order == 0);
  CHECK(seen.torn == 0);
}

TEST_CASE("two threads pass every sample on exactly once and in order, popping, at each capacity from 1 to 64") {
  for (std::size_t capacity = 1; capacity <= 64; ++capacity) {
    CAPTURE(capacity);
    check_exact(through_two_threads(capacity, 2'000,
                                    [](auto& ring, Seen& seen) {
                                      Sample sample;
                                      if (!ring.pop(sample)) return false;
                                      seen.take(sample);
                                      return true;
                                    }),
                2'000);
  }
}

TEST_CASE("two threads pass every sample on exactly once and in order, draining, at each capacity from 1 to 64") {
  for (std::size_t capacity = 1; capacity <= 64; ++capacity) {
    CAPTURE(capacity);
    check_exact(through_two_threads(
                    capacity, 2'000,
                    [](auto& ring, Seen& seen) { return ring.drain([&](const Sample& s) { seen.take(s); }) != 0; }),
                2'000);
  }
}

TEST_CASE("two threads pass a million samples through a ring of 1024") {
  check_exact(through_two_threads(
                  1'024, 1'000'000,
                  [](auto& ring, Seen& seen) { return ring.drain([&](const Sample& s) { seen.take(s); }) != 0; }),
              1'000'000);
}

}  // namespace
}  // namespace pue
