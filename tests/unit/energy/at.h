#pragma once

#include "agent/units/time.h"

namespace pue::test {

using namespace std::chrono_literals;

/// @return an instant `since` after an arbitrary start on the grid of buckets.
inline Instant at(Duration since) { return Instant{1'000'000s} + since; }

inline Duration seconds(double value) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{value});
}

}  // namespace pue::test
