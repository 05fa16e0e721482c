#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/pipeline/board.h"
#include "agent/pipeline/collector_stats.h"
#include "agent/pipeline/sample.h"
#include "agent/pipeline/spsc_ring.h"
#include "agent/plan/plan.h"

namespace pue::collectors {

struct Heritage;

/// One thread that polls hardware. It pushes samples into a ring of its own, keeps the `DeviceState` of its devices on
/// the board up to date, and touches nothing else.
class Collector {
 public:
  explicit Collector(std::size_t ring_capacity) : ring_(ring_capacity) {}
  virtual ~Collector() = default;
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// Starts the thread; returns at once.
  virtual void start() = 0;
  /// Ends the thread and closes what it opened; returns within the longest time-out of its devices, at most 2 s.
  virtual void stop() = 0;
  /// Hands over what whoever polls the same hardware next must know. After stop().
  virtual void leave(Heritage& /*heritage*/) const {}
  /// @return e.g. "modbus-tcp-0" or the serial line's bus name; the `collector` label of its metrics.
  [[nodiscard]] virtual std::string name() const = 0;

  /// The engine is the consumer.
  [[nodiscard]] SpscRing<Sample>& ring() { return ring_; }
  [[nodiscard]] const CollectorStats& stats() const { return stats_; }

 protected:
  SpscRing<Sample> ring_;
  CollectorStats stats_;
};

/// @return one collector per I/O thread and per serial line of `plan`, not yet started. `plan` and `board` must live
/// longer than the collectors. `heritage` is that of the collectors before them in this process, if there were any.
[[nodiscard]] std::vector<std::unique_ptr<Collector>> make_collectors(const plan::Plan& plan, Board& board,
                                                                      const Heritage* heritage = nullptr);

}  // namespace pue::collectors
