#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <type_traits>

namespace pue {

inline constexpr std::size_t k_cache_line = 64;

/// The memory orders of the ring, each with the one it pairs with. The tests weaken them one at a time and expect
/// ThreadSanitizer to notice.
struct RingOrders {
  static constexpr std::memory_order publish_head = std::memory_order_release;  ///< pairs with observe_head
  static constexpr std::memory_order observe_head = std::memory_order_acquire;
  static constexpr std::memory_order publish_tail = std::memory_order_release;  ///< pairs with observe_tail
  static constexpr std::memory_order observe_tail = std::memory_order_acquire;
};

/// A bounded queue between one producer thread and one consumer thread.
///
/// Neither side ever waits, locks or allocates. The indices count up for ever and wrap with their type; a slot is
/// `index & mask`. Each side keeps a copy of the other's index and looks at the real one only when the copy says
/// full or empty, so that in the common case no cache line travels.
template <class T, class Orders = RingOrders, class Index = std::size_t>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert(std::atomic<Index>::is_always_lock_free);

 public:
  /// @param capacity rounded up to a power of two, at least 1.
  /// @param start first value of both indices; anything but 0 is for tests of the wrap.
  /// Throws std::length_error when Index could not tell a full ring of that size from an empty one.
  explicit SpscRing(std::size_t capacity, Index start = 0)
      : mask_(mask_for(capacity)),
        slots_(allocate(static_cast<std::size_t>(mask_) + 1)),
        head_(start),
        cached_tail_(start),
        tail_(start),
        cached_head_(start) {}

  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  /// Producer only. @return false when the ring is full; the item is then not stored.
  [[nodiscard]] bool push(const T& item) {
    // relaxed: only this thread writes head_
    const Index head = head_.load(std::memory_order_relaxed);
    if (static_cast<Index>(head - cached_tail_) > mask_) {
      // acquire: the consumer has read the slot before it gave it back
      cached_tail_ = tail_.load(Orders::observe_tail);
      if (static_cast<Index>(head - cached_tail_) > mask_) return false;
    }
    slots_[static_cast<std::size_t>(head & mask_)] = item;
    // release: the slot's contents must be visible before the consumer can see the new head
    head_.store(static_cast<Index>(head + 1), Orders::publish_head);
    return true;
  }

  /// Consumer only. @return false when the ring is empty; `item` is then untouched.
  [[nodiscard]] bool pop(T& item) {
    // relaxed: only this thread writes tail_
    const Index tail = tail_.load(std::memory_order_relaxed);
    if (tail == cached_head_) {
      // acquire: the slot's contents are visible once the new head is
      cached_head_ = head_.load(Orders::observe_head);
      if (tail == cached_head_) return false;
    }
    item = slots_[static_cast<std::size_t>(tail & mask_)];
    // release: the slot has been read before the producer may write it again
    tail_.store(static_cast<Index>(tail + 1), Orders::publish_tail);
    return true;
  }

  /// Consumer only: hands every item that is there at the start to `sink`, then gives all slots back at once.
  /// @return how many.
  template <class Sink>
  std::size_t drain(Sink&& sink) {
    // relaxed: only this thread writes tail_
    const Index tail = tail_.load(std::memory_order_relaxed);
    // acquire: the contents of all slots before the new head are visible
    cached_head_ = head_.load(Orders::observe_head);
    if (tail == cached_head_) return 0;
    for (Index i = tail; i != cached_head_; ++i) sink(slots_[static_cast<std::size_t>(i & mask_)]);
    // release: all slots have been read before the producer may write them again
    tail_.store(cached_head_, Orders::publish_tail);
    return static_cast<std::size_t>(static_cast<Index>(cached_head_ - tail));
  }

  [[nodiscard]] std::size_t capacity() const { return static_cast<std::size_t>(mask_) + 1; }

 private:
  static_assert(std::is_unsigned_v<Index>);
  static constexpr std::align_val_t k_slots_alignment{alignof(T) > k_cache_line ? alignof(T) : k_cache_line};

  struct FreeSlots {
    // no destructors to run: T is trivially copyable
    void operator()(T* slots) const { ::operator delete(slots, k_slots_alignment); }
  };
  using Slots = std::unique_ptr<T[], FreeSlots>;

  static Index mask_for(std::size_t capacity) {
    constexpr std::size_t k_most = std::size_t{std::numeric_limits<Index>::max()} / 2 + 1;
    if (capacity > k_most) throw std::length_error{"ring larger than its index can count"};
    return static_cast<Index>(std::bit_ceil(capacity == 0 ? std::size_t{1} : capacity) - 1);
  }
  /// From the start of a cache line, so that no other data shares one with a slot. Touched here, once.
  static Slots allocate(std::size_t slots) {
    if (slots > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::length_error{"ring larger than memory"};
    Slots memory{static_cast<T*>(::operator new(slots * sizeof(T), k_slots_alignment))};
    std::uninitialized_value_construct_n(memory.get(), slots);
    return memory;
  }

  const Index mask_;
  const std::unique_ptr<T[], FreeSlots> slots_;    // no destructors to run: T is trivially copyable
  alignas(k_cache_line) std::atomic<Index> head_;  ///< written by the producer
  Index cached_tail_;                              ///< the producer's copy
  alignas(k_cache_line) std::atomic<Index> tail_;  ///< written by the consumer
  Index cached_head_;                              ///< the consumer's copy
};

}  // namespace pue
