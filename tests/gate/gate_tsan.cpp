// gate_tsan CASE: one exchange between two threads under ThreadSanitizer. Without a CASE it lists them, one a line,
// as "clean NAME" or "race NAME": what ThreadSanitizer is to say of it. tsan_gate.py runs them.

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/pipeline/sample.h"
#include "agent/pipeline/seqlock_block.h"
#include "agent/pipeline/spsc_ring.h"
#include "tests/gate/weakened.h"

namespace pue::gate {
namespace {

/// The race that every ThreadSanitizer finds: if this one is not reported, nothing else it does not report counts.
bool plain_increment() {
  static int number = 0;
  const auto count = [] {
    for (int i = 0; i < 10'000; ++i) ++number;
  };
  std::thread other{count};
  count();
  other.join();
  return true;
}

bool by_pop(auto& ring, std::uint64_t& expected) {
  Sample sample;
  if (!ring.pop(sample)) return true;
  return sample.raw == expected++;
}

bool by_drain(auto& ring, std::uint64_t& expected) {
  bool in_order = true;
  ring.drain([&](const Sample& sample) { in_order &= sample.raw == expected++; });
  return in_order;
}

/// A small ring, so that each slot is used again and again. Pop and drain are tried apart: each has orders of its own.
template <class Orders, bool k_drain>
bool ring() {
  constexpr std::uint64_t k_items = 4'000;
  SpscRing<Sample, Orders> ring{4};
  bool in_order = true;
  std::thread consumer{[&] {
    std::uint64_t expected = 0;
    while (expected < k_items) {
      const std::uint64_t before = expected;
      in_order &= k_drain ? by_drain(ring, expected) : by_pop(ring, expected);
      if (expected == before) std::this_thread::yield();
    }
  }};
  for (std::uint64_t i = 0; i < k_items; ++i) {
    while (!ring.push({.at = Instant{Duration{1}}, .raw = i})) std::this_thread::yield();
  }
  consumer.join();
  return in_order;
}

/// The words of a block are atomics, so a torn copy is no race. What the orders promise is that whoever sees a write
/// sees all that was done before it; so the writer does something before it, in plain memory, and the reader looks.
template <class Orders>
bool block() {
  constexpr std::uint64_t k_writes = 2'000;
  BasicSeqlockBlock<Orders> block{4};
  std::vector<std::uint64_t> story(k_writes + 1);
  bool whole = true;
  std::thread reader{[&] {
    std::array<std::uint64_t, 4> words{};
    while (words[0] < k_writes) {
      if (!block.try_read(words)) {
        std::this_thread::yield();
        continue;
      }
      const std::uint64_t chapter = words[0];
      whole &= words[3] == chapter;
      if (chapter != 0) whole &= story[chapter] == chapter * 7;
    }
  }};
  for (std::uint64_t chapter = 1; chapter <= k_writes; ++chapter) {
    story[chapter] = chapter * 7;
    block.write(std::array{chapter, chapter, chapter, chapter});
    if (chapter % 8 == 0) std::this_thread::yield();
  }
  reader.join();
  return whole;
}

struct Case {
  std::string_view name;
  std::string_view verdict;
  bool (*run)();
};

constexpr Case k_cases[] = {
    {"plain-increment", "race", plain_increment},
    {"ring-pop", "clean", ring<RingOrders, false>},
    {"ring-pop-weak-publish-head", "race", ring<WeakPublishHead, false>},
    {"ring-pop-weak-observe-head", "race", ring<WeakObserveHead, false>},
    {"ring-pop-weak-publish-tail", "race", ring<WeakPublishTail, false>},
    {"ring-pop-weak-observe-tail", "race", ring<WeakObserveTail, false>},
    {"ring-drain", "clean", ring<RingOrders, true>},
    {"ring-drain-weak-publish-head", "race", ring<WeakPublishHead, true>},
    {"ring-drain-weak-observe-head", "race", ring<WeakObserveHead, true>},
    {"ring-drain-weak-publish-tail", "race", ring<WeakPublishTail, true>},
    {"ring-drain-weak-observe-tail", "race", ring<WeakObserveTail, true>},
    {"block", "clean", block<SeqlockOrders>},
    {"block-words-alone", "clean", block<WordsAlone>},
    {"block-words-alone-weak-store-word", "race", block<WordsAloneWeakStore>},
    {"block-words-alone-weak-load-word", "race", block<WordsAloneWeakLoad>},
    {"block-sequence-alone-weak-publish-sequence", "race", block<SequenceAloneWeakPublish>},
    {"block-sequence-alone-weak-observe-sequence", "race", block<SequenceAloneWeakObserve>},
#ifdef __x86_64__
    // Elsewhere the processor may really tear a block of relaxed words.
    {"block-sequence-alone", "clean", block<SequenceAlone>},
#endif
};

}  // namespace
}  // namespace pue::gate

int main(int argc, char** argv) {
  using pue::gate::k_cases;
  if (argc < 2) {
    for (const auto& c : k_cases) std::printf("%s %s\n", c.verdict.data(), c.name.data());
    return 0;
  }
  for (const auto& c : k_cases) {
    if (c.name == argv[1]) return c.run() ? 0 : 1;
  }
  std::fprintf(stderr, "no such case: %s\n", argv[1]);
  return 2;
}
