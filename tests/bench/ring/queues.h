#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string_view>
#include <utility>

#include "agent/pipeline/sample.h"
#include "agent/pipeline/spsc_ring.h"

namespace pue::bench {

// The competitors, each in the form its own documents recommend, all bounded to the same number of samples.
// take() hands out at least what one call of the queue gives, and says how many that were.

/// Our ring, a sample at a time.
class RingPop {
 public:
  static constexpr std::string_view k_name = "SpscRing, pop";
  explicit RingPop(std::size_t capacity) : ring_(capacity) {}
  bool push(const Sample& sample) { return ring_.push(sample); }
  template <class Sink>
  std::size_t take(Sink&& sink) {
    Sample sample;
    if (!ring_.pop(sample)) return 0;
    sink(sample);
    return 1;
  }

 private:
  SpscRing<Sample> ring_;
};

/// Our ring as the engine uses it: everything that is there.
class RingDrain {
 public:
  static constexpr std::string_view k_name = "SpscRing, drain";
  explicit RingDrain(std::size_t capacity) : ring_(capacity) {}
  bool push(const Sample& sample) { return ring_.push(sample); }
  template <class Sink>
  std::size_t take(Sink&& sink) {
    return ring_.drain(std::forward<Sink>(sink));
  }

 private:
  SpscRing<Sample> ring_;
};

class BoostPop {
 public:
  static constexpr std::string_view k_name = "boost spsc_queue, pop";
  explicit BoostPop(std::size_t capacity) : queue_(capacity) {}
  bool push(const Sample& sample) { return queue_.push(sample); }
  template <class Sink>
  std::size_t take(Sink&& sink) {
    Sample sample;
    if (!queue_.pop(sample)) return 0;
    sink(sample);
    return 1;
  }

 private:
  boost::lockfree::spsc_queue<Sample> queue_;
};

class BoostConsumeAll {
 public:
  static constexpr std::string_view k_name = "boost spsc_queue, consume_all";
  explicit BoostConsumeAll(std::size_t capacity) : queue_(capacity) {}
  bool push(const Sample& sample) { return queue_.push(sample); }
  template <class Sink>
  std::size_t take(Sink&& sink) {
    return queue_.consume_all(std::forward<Sink>(sink));
  }

 private:
  boost::lockfree::spsc_queue<Sample> queue_;
};

/// What one writes without a lock-free queue, a sample at a time.
class MutexPop {
 public:
  static constexpr std::string_view k_name = "mutex and deque, pop";
  explicit MutexPop(std::size_t capacity) : capacity_(capacity) {}
  bool push(const Sample& sample) {
    const std::lock_guard lock{mutex_};
    if (queue_.size() == capacity_) return false;
    queue_.push_back(sample);
    return true;
  }
  template <class Sink>
  std::size_t take(Sink&& sink) {
    Sample sample;
    {
      const std::lock_guard lock{mutex_};
      if (queue_.empty()) return 0;
      sample = queue_.front();
      queue_.pop_front();
    }
    sink(sample);
    return 1;
  }

 private:
  std::size_t capacity_;
  std::mutex mutex_;
  std::deque<Sample> queue_;
};

/// The same with the whole queue exchanged at once, the best a mutex can do.
class MutexSwap {
 public:
  static constexpr std::string_view k_name = "mutex and deque, swap";
  explicit MutexSwap(std::size_t capacity) : capacity_(capacity) {}
  bool push(const Sample& sample) {
    const std::lock_guard lock{mutex_};
    if (queue_.size() == capacity_) return false;
    queue_.push_back(sample);
    return true;
  }
  template <class Sink>
  std::size_t take(Sink&& sink) {
    taken_.clear();
    {
      const std::lock_guard lock{mutex_};
      taken_.swap(queue_);
    }
    for (const Sample& sample : taken_) sink(sample);
    return taken_.size();
  }

 private:
  std::size_t capacity_;
  std::mutex mutex_;
  std::deque<Sample> queue_;
  std::deque<Sample> taken_;
};

}  // namespace pue::bench
