#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

namespace pue {

/// The memory orders of the block. The payload itself is atomic, since a reader may look while the writer writes.
///
/// Without fences the usual relaxed payload would not do: a payload load that sees a value of write n+1 must also make
/// that write's odd sequence visible to the reader's second look. Release stores and acquire loads of the payload say
/// exactly that, and on the processors we run on they cost a plain store and a plain load.
struct SeqlockOrders {
  static constexpr std::memory_order store_word = std::memory_order_release;  ///< pairs with load_word
  static constexpr std::memory_order load_word = std::memory_order_acquire;
  static constexpr std::memory_order publish_sequence = std::memory_order_release;  ///< pairs with observe_sequence
  static constexpr std::memory_order observe_sequence = std::memory_order_acquire;
};

/// Words that belong together: one writer replaces all of them, any number of readers copy all of them, and no reader
/// ever sees words of two different writes. The writer never waits; a reader tries again when a write came between.
template <class Orders = SeqlockOrders>
class BasicSeqlockBlock {
 public:
  explicit BasicSeqlockBlock(std::size_t words) : words_(words) {}

  [[nodiscard]] std::size_t size() const { return words_.size(); }

  /// Writer only. `values` must have size() words.
  void write(std::span<const std::uint64_t> values) {
    // relaxed: only this thread writes sequence_; readers of the odd value meet it through the payload's release
    const std::uint64_t sequence = sequence_.load(std::memory_order_relaxed);
    sequence_.store(sequence + 1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < words_.size(); ++i) {
      // release: whoever sees this word also sees the odd sequence before it
      words_[i].store(values[i], Orders::store_word);
    }
    // release: whoever sees the even sequence sees all words of this write
    sequence_.store(sequence + 2, Orders::publish_sequence);
  }

  /// Any thread. Copies all words into `out`, which must have size() words.
  /// @return false when a write came between; the words are then of no use.
  [[nodiscard]] bool try_read(std::span<std::uint64_t> out) const {
    // acquire: the words read next are at least those of this sequence
    const std::uint64_t before = sequence_.load(Orders::observe_sequence);
    if ((before & 1) != 0) return false;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      // acquire: a word of a newer write brings that write's odd sequence with it
      out[i] = words_[i].load(Orders::load_word);
    }
    // relaxed: ordered after the words by their acquire
    return sequence_.load(std::memory_order_relaxed) == before;
  }

  /// Any thread. Copies all words of one write into `out`. Ends as soon as the writer pauses for the length of a copy.
  ///
  /// A writer that lost its processor in the middle of a write keeps every reader from going on, so a reader that
  /// failed often offers it its own.
  void read(std::span<std::uint64_t> out) const {
    for (unsigned tries = 1; !try_read(out); ++tries) {
      if (tries % k_tries_before_yield == 0) std::this_thread::yield();
    }
  }

 private:
  static constexpr unsigned k_tries_before_yield = 64;

  alignas(64) std::atomic<std::uint64_t> sequence_{0};
  std::vector<std::atomic<std::uint64_t>> words_;
};

using SeqlockBlock = BasicSeqlockBlock<>;
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace pue
