#pragma once

#include <cstdint>

#include "agent/units/time.h"

namespace pue {

using PointId = std::uint32_t;
using DeviceId = std::uint32_t;

/// What a sample says about its value.
enum class SampleQuality : std::uint8_t {
  good,
  invalid,      ///< the device answered, and said that it has no value
  unsupported,  ///< the device refuses the register
};

/// One value of one point, as it travels from a collector to the engine.
struct Sample {
  Instant at;             ///< when the answer arrived
  double value = 0.0;     ///< in the point's SI unit; meaningless unless `quality` is good
  std::uint64_t raw = 0;  ///< a counter's own count before scaling, for whoever must know where it wraps
  PointId point = 0;      ///< dense id from the plan
  SampleQuality quality = SampleQuality::good;
  bool gap = false;  ///< the ring was full and samples of this point were lost before this one
};
static_assert(sizeof(Sample) == 32, "two samples share a cache line");

}  // namespace pue
