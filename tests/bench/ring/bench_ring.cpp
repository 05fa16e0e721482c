// Samples a second from one thread to another: the ring against boost::lockfree::spsc_queue and a queue under a mutex.
//
//   bench_ring [ITEMS [ROUNDS]]     default 1,000,000 samples, 31 rounds
//
// Each round runs every queue once, beginning with another one each time, so that whatever else the machine does meets
// all of them. Ratios are taken within a round, and their median is printed. Every sample is checked on its way.

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/bench/ring/queues.h"

namespace pue::bench {
namespace {

constexpr std::size_t k_capacity = 1'024;

/// A side that has nothing to do looks again a few times, then lets the other side run: on a machine with less than
/// two free processors the other side may be waiting for this one's.
class Patience {
 public:
  void nothing_done() {
    if (++idle_ >= k_looks) {
      idle_ = 0;
      std::this_thread::yield();
    }
  }
  void something_done() { idle_ = 0; }

 private:
  static constexpr unsigned k_looks = 200;
  unsigned idle_ = 0;
};

/// What one run of one queue took.
struct Rate {
  double per_second = 0;      ///< samples
  double cpu_per_sample = 0;  ///< nanoseconds of both threads, waiting for each other included
};

std::chrono::duration<double, std::nano> cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

template <class Queue>
Rate pass_samples(std::uint64_t items) {
  Queue queue{k_capacity};
  std::uint64_t received = 0;
  bool in_order = true;
  const auto cpu_start = cpu_time();
  const auto start = std::chrono::steady_clock::now();
  std::thread consumer{[&] {
    Patience patience;
    std::uint64_t expected = 0;
    bool good = true;
    while (expected < items) {
      const std::size_t taken = queue.take([&](const Sample& sample) { good &= sample.raw == expected++; });
      taken == 0 ? patience.nothing_done() : patience.something_done();
    }
    received = expected;
    in_order = good;
  }};
  Patience patience;
  Sample sample{.at = Instant{Duration{1}}, .value = 230.0, .point = 7};
  for (std::uint64_t i = 0; i < items; ++i) {
    sample.raw = i;
    while (!queue.push(sample)) patience.nothing_done();
    patience.something_done();
  }
  consumer.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto cpu = cpu_time() - cpu_start;
  if (received != items || !in_order) {
    std::fprintf(stderr, "%.*s lost or mixed up samples\n", static_cast<int>(Queue::k_name.size()),
                 Queue::k_name.data());
    std::exit(1);
  }
  return {.per_second = static_cast<double>(items) / took.count(),
          .cpu_per_sample = cpu.count() / static_cast<double>(items)};
}

/// CPU nanoseconds a sample when one thread fills and empties the queue in turn: the cost of the operations themselves,
/// with no other processor to wait for, and hardly touched by what else the machine does.
template <class Queue>
double alone(std::uint64_t items) {
  constexpr std::uint64_t k_batch = 512;
  Queue queue{k_capacity};
  Sample sample{.at = Instant{Duration{1}}, .value = 230.0, .point = 7};
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  bool good = true;
  const auto start = cpu_time();
  while (sent < items) {
    for (std::uint64_t i = 0; i < k_batch; ++i) {
      sample.raw = sent++;
      good &= queue.push(sample);
    }
    while (received < sent) queue.take([&](const Sample& out) { good &= out.raw == received++; });
  }
  const auto took = cpu_time() - start;
  if (!good) {
    std::fprintf(stderr, "%.*s lost or mixed up samples\n", static_cast<int>(Queue::k_name.size()),
                 Queue::k_name.data());
    std::exit(1);
  }
  return took.count() / static_cast<double>(sent);
}

struct Competitor {
  std::string_view name;
  std::function<Rate(std::uint64_t)> run;
  std::function<double(std::uint64_t)> run_alone;
  std::vector<double> rates{};  ///< samples a second, by round
  std::vector<double> cpu{};    ///< nanoseconds a sample, by round
  std::vector<double> alone{};  ///< the same in one thread
};

template <class Queue>
Competitor competitor() {
  return {Queue::k_name, pass_samples<Queue>, alone<Queue>};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Median over the rounds of one's rate by the other's.
double ratio(const Competitor& one, const Competitor& other) {
  std::vector<double> ratios;
  for (std::size_t round = 0; round < one.rates.size(); ++round) {
    ratios.push_back(one.rates[round] / other.rates[round]);
  }
  return median(ratios);
}

int run(std::uint64_t items, std::size_t rounds) {
  std::vector<Competitor> competitors{competitor<RingPop>(),   competitor<BoostPop>(),        competitor<MutexPop>(),
                                      competitor<RingDrain>(), competitor<BoostConsumeAll>(), competitor<MutexSwap>()};
  for (auto& competitor : competitors) competitor.run(items / 10);  // warm up
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < competitors.size(); ++i) {
      auto& competitor = competitors[(round + i) % competitors.size()];
      const Rate rate = competitor.run(items);
      competitor.rates.push_back(rate.per_second);
      competitor.cpu.push_back(rate.cpu_per_sample);
      competitor.alone.push_back(competitor.run_alone(items));
    }
  }
  std::printf("%zu-byte samples, capacity %zu, %llu samples, %zu rounds, %u processors\n\n", sizeof(Sample), k_capacity,
              static_cast<unsigned long long>(items), rounds, std::thread::hardware_concurrency());
  std::printf(
      "| queue | samples/s, median | least | most | CPU ns/sample | one thread, ns/sample "
      "| ring pop by this | ring drain by this |\n");
  std::printf("|---|---:|---:|---:|---:|---:|---:|---:|\n");
  for (const auto& competitor : competitors) {
    const auto [least, most] = std::minmax_element(competitor.rates.begin(), competitor.rates.end());
    std::printf("| %.*s | %.1f M | %.1f M | %.1f M | %.0f | %.1f | %.2f | %.2f |\n",
                static_cast<int>(competitor.name.size()), competitor.name.data(), median(competitor.rates) / 1e6,
                *least / 1e6, *most / 1e6, median(competitor.cpu), median(competitor.alone),
                ratio(competitors[0], competitor), ratio(competitors[3], competitor));
  }
  return 0;
}

}  // namespace
}  // namespace pue::bench

int main(int argc, char** argv) {
  const std::uint64_t items = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::size_t rounds = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 31;
  if (items < 10 || rounds == 0) {
    std::fprintf(stderr, "usage: bench_ring [ITEMS [ROUNDS]], at least 10 items and 1 round\n");
    return 2;
  }
  return pue::bench::run(items, rounds);
}
