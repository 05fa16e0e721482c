#pragma once

#include <atomic>
#include <thread>

#include "agent/engine.h"

namespace pue {

/// Runs an engine's ticks on a thread of its own, on a fixed grid.
class EngineThread {
 public:
  /// `engine` must live longer than this.
  EngineThread(Engine& engine, Duration tick);
  ~EngineThread();
  EngineThread(const EngineThread&) = delete;
  EngineThread& operator=(const EngineThread&) = delete;

  /// @return ticks done; stands still when the engine hangs.
  [[nodiscard]] std::uint64_t ticks() const {
    // relaxed: a number that stands for itself
    return ticks_.load(std::memory_order_relaxed);
  }

 private:
  void run();

  Engine& engine_;
  Duration tick_;
  std::atomic<std::uint64_t> ticks_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace pue
