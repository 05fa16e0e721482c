#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "agent/units/time.h"

namespace pue {

/// What one collector thread says of itself. Written by that thread alone, read by anyone.
class CollectorStats {
 public:
  /// Upper bounds of the lateness buckets, in seconds; the last bucket has none.
  static constexpr std::array<double, 7> k_lateness_bounds{0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 5.0};

  void sent(std::size_t bytes) { add(requests_, 1), add(bytes_sent_, bytes); }
  void received(std::size_t bytes) { add(bytes_received_, bytes); }
  /// A sample did not fit into the ring.
  void dropped_sample() { add(dropped_samples_, 1); }
  /// A poll was due again before its last one was sent.
  void overran() { add(overruns_, 1); }
  /// A request left this long after its place on the grid.
  void late(Duration lateness) {
    const double seconds = seconds_of(lateness).value();
    std::size_t bucket = 0;
    while (bucket < k_lateness_bounds.size() && seconds > k_lateness_bounds[bucket]) ++bucket;
    add(lateness_buckets_[bucket], 1);
    add(lateness_nanoseconds_, static_cast<std::uint64_t>(lateness.count() > 0 ? lateness.count() : 0));
  }

  [[nodiscard]] std::uint64_t requests() const { return get(requests_); }
  [[nodiscard]] std::uint64_t bytes_sent() const { return get(bytes_sent_); }
  [[nodiscard]] std::uint64_t bytes_received() const { return get(bytes_received_); }
  [[nodiscard]] std::uint64_t dropped_samples() const { return get(dropped_samples_); }
  [[nodiscard]] std::uint64_t overruns() const { return get(overruns_); }
  /// @return requests in this bucket alone (not cumulative); bucket k_lateness_bounds.size() is the open one.
  [[nodiscard]] std::uint64_t lateness_bucket(std::size_t bucket) const { return get(lateness_buckets_[bucket]); }
  [[nodiscard]] Seconds lateness_sum() const { return Seconds{static_cast<double>(get(lateness_nanoseconds_)) * 1e-9}; }

 private:
  // relaxed: counters that stand for themselves; one writer, so load and store need not be one operation
  static void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) {
    counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  static std::uint64_t get(const std::atomic<std::uint64_t>& counter) {
    return counter.load(std::memory_order_relaxed);
  }

  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> bytes_sent_{0};
  std::atomic<std::uint64_t> bytes_received_{0};
  std::atomic<std::uint64_t> dropped_samples_{0};
  std::atomic<std::uint64_t> overruns_{0};
  std::array<std::atomic<std::uint64_t>, k_lateness_bounds.size() + 1> lateness_buckets_{};
  std::atomic<std::uint64_t> lateness_nanoseconds_{0};
};

}  // namespace pue
