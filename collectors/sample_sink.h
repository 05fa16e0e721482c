#pragma once

#include <cstdint>
#include <vector>

#include "agent/pipeline/collector_stats.h"
#include "agent/pipeline/sample.h"
#include "agent/pipeline/spsc_ring.h"

namespace pue::collectors {

/// A collector's way into its ring. A sample that does not fit is dropped and counted, and the next one of the same
/// point carries the gap mark. Used by the collector's thread alone.
class SampleSink {
 public:
  SampleSink(SpscRing<Sample>& ring, CollectorStats& stats, std::size_t points)
      : ring_(ring), stats_(stats), lost_(points, 0) {}

  void put(Sample sample) {
    sample.gap = lost_[sample.point] != 0;
    const bool stored = ring_.push(sample);
    lost_[sample.point] = stored ? 0 : 1;
    if (!stored) stats_.dropped_sample();
  }

 private:
  SpscRing<Sample>& ring_;
  CollectorStats& stats_;
  std::vector<std::uint8_t> lost_;
};

}  // namespace pue::collectors
