#include "agent/pipeline/seqlock_block.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace pue {
namespace {

constexpr std::size_t k_words = 24;
using Words = std::array<std::uint64_t, k_words>;

/// Words that all depend on `number`, the last of them a sum over the others.
Words write_number(std::uint64_t number) {
  Words words{};
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + 1 < k_words; ++i) {
    words[i] = (number + i) * 0x9E37'79B9'7F4A'7C15ULL;
    sum += words[i];
  }
  words[k_words - 1] = sum;
  return words;
}

bool whole(const Words& words) {
  const std::uint64_t first = words[0];
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + 1 < k_words; ++i) {
    if (words[i] != first + i * 0x9E37'79B9'7F4A'7C15ULL) return false;
    sum += words[i];
  }
  return sum == words[k_words - 1];
}

TEST_CASE("a block gives back what was last written") {
  SeqlockBlock block{k_words};
  Words read{};
  for (std::uint64_t number = 1; number < 5; ++number) {
    block.write(write_number(number));
    REQUIRE(block.try_read(read));
    CHECK(read == write_number(number));
  }
}

TEST_CASE("a block nobody has written is all zero") {
  const SeqlockBlock block{3};
  std::array<std::uint64_t, 3> read{7, 7, 7};
  block.read(read);
  CHECK(read == std::array<std::uint64_t, 3>{0, 0, 0});
}

TEST_CASE("the checksum of this test notices a copy of two writes") {
  for (std::size_t cut = 1; cut < k_words; ++cut) {
    CAPTURE(cut);
    Words torn = write_number(1);
    const Words next = write_number(2);
    std::copy(next.begin() + static_cast<std::ptrdiff_t>(cut), next.end(),
              torn.begin() + static_cast<std::ptrdiff_t>(cut));
    CHECK_FALSE(whole(torn));
  }
  CHECK(whole(write_number(1)));
}

/// What 64 readers saw together.
struct Readers {
  std::uint64_t copies = 0;
  std::uint64_t torn = 0;
  std::uint64_t backwards = 0;
};

/// 64 threads that each take `copies` copies while `write` is called on a thread of its own, over and over.
template <class Write>
Readers sixty_four_readers(SeqlockBlock& block, std::uint64_t copies, Write write) {
  std::atomic<bool> done{false};
  std::thread writer{[&] {
    for (std::uint64_t number = 2; !done.load(std::memory_order_relaxed); ++number) write(number);
  }};
  std::vector<Readers> seen(64);
  std::vector<std::thread> threads;
  threads.reserve(seen.size());
  for (auto& mine : seen) {
    threads.emplace_back([&block, &mine, copies] {
      constexpr std::uint64_t k_inverse = 0xF1DE'83E1'9937'733DULL;  // of the multiplier above, modulo 2^64
      std::uint64_t last = 0;
      Words words{};
      while (mine.copies < copies) {
        block.read(words);
        ++mine.copies;
        if (!whole(words)) ++mine.torn;
        const std::uint64_t number = words[0] * k_inverse;
        if (number < last) ++mine.backwards;
        last = number;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  done = true;
  writer.join();
  Readers all;
  for (const auto& mine : seen) {
    all.copies += mine.copies;
    all.torn += mine.torn;
    all.backwards += mine.backwards;
  }
  return all;
}

TEST_CASE("64 readers and a writer at full speed: every read ends, none is torn, none goes back in time") {
  SeqlockBlock block{k_words};
  block.write(write_number(1));
  const Readers seen = sixty_four_readers(block, 500, [&](std::uint64_t number) { block.write(write_number(number)); });
  CHECK(seen.copies == 64 * 500);
  CHECK(seen.torn == 0);
  CHECK(seen.backwards == 0);
}

TEST_CASE("64 readers and a writer a hundred times faster than the engine: reads are whole and in order") {
  SeqlockBlock block{k_words};
  block.write(write_number(1));
  const Readers seen = sixty_four_readers(block, 2'000, [&](std::uint64_t number) {
    block.write(write_number(number));
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  });
  CHECK(seen.copies == 64 * 2'000);
  CHECK(seen.torn == 0);
  CHECK(seen.backwards == 0);
}

}  // namespace
}  // namespace pue
