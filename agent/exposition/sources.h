#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "agent/pipeline/board.h"
#include "agent/pipeline/collector_stats.h"
#include "agent/plan/plan.h"

namespace pue::exposition {

/// One collector thread, as the faces see it.
struct Collector {
  std::string name;  ///< the `collector` label, e.g. "tcp-0" or a serial line's bus
  const CollectorStats* stats = nullptr;
};

/// What the faces read. The plan, the board and the statistics must outlive whoever holds this.
struct Sources {
  const plan::Plan& plan;
  const Board& board;
  std::vector<Collector> collectors;
  std::string version;
  std::function<Instant()> now = &BootClock::now;
  std::function<std::chrono::system_clock::time_point()> wall = &std::chrono::system_clock::now;
};

}  // namespace pue::exposition
