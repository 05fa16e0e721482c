#pragma once

#include <chrono>
#include <cstdint>

#include "agent/units/quantity.h"

namespace pue {

/// The clock of all durations: CLOCK_BOOTTIME. It never steps, and it counts on while the machine sleeps, so that an
/// hour of suspend is an hour of missing readings and not an hour at the last power.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock, duration>;
  static constexpr bool is_steady = true;

  [[nodiscard]] static time_point now() noexcept;
};

using Duration = BootClock::duration;
using Instant = BootClock::time_point;

[[nodiscard]] constexpr Seconds seconds_of(Duration duration) {
  return Seconds{std::chrono::duration<double>(duration).count()};
}

}  // namespace pue
