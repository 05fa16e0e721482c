#pragma once

#include <atomic>

#include "agent/pipeline/seqlock_block.h"
#include "agent/pipeline/spsc_ring.h"

namespace pue::gate {

// The orders of the pipeline with one of them taken away at a time. Each derives from the real ones, so that an order
// added there is an order here.

struct WeakPublishHead : RingOrders {
  static constexpr std::memory_order publish_head = std::memory_order_relaxed;
};
struct WeakObserveHead : RingOrders {
  static constexpr std::memory_order observe_head = std::memory_order_relaxed;
};
struct WeakPublishTail : RingOrders {
  static constexpr std::memory_order publish_tail = std::memory_order_relaxed;
};
struct WeakObserveTail : RingOrders {
  static constexpr std::memory_order observe_tail = std::memory_order_relaxed;
};

// The block has two ways by which a write becomes known: its words and its sequence. Each hides the loss of the other
// from ThreadSanitizer, so each is tried with the other taken away.

struct WordsAlone : SeqlockOrders {
  static constexpr std::memory_order publish_sequence = std::memory_order_relaxed;
  static constexpr std::memory_order observe_sequence = std::memory_order_relaxed;
};
struct WordsAloneWeakStore : WordsAlone {
  static constexpr std::memory_order store_word = std::memory_order_relaxed;
};
struct WordsAloneWeakLoad : WordsAlone {
  static constexpr std::memory_order load_word = std::memory_order_relaxed;
};

struct SequenceAlone : SeqlockOrders {
  static constexpr std::memory_order store_word = std::memory_order_relaxed;
  static constexpr std::memory_order load_word = std::memory_order_relaxed;
};
struct SequenceAloneWeakPublish : SequenceAlone {
  static constexpr std::memory_order publish_sequence = std::memory_order_relaxed;
};
struct SequenceAloneWeakObserve : SequenceAlone {
  static constexpr std::memory_order observe_sequence = std::memory_order_relaxed;
};

}  // namespace pue::gate
