#include "agent/units/wall_clock.h"

#include <sys/timex.h>
#include <time.h>

namespace pue {
namespace {

std::int64_t nanoseconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

/// Two clocks read one after the other, so that they belong to one moment: again, when the thread lost its processor
/// in between.
std::int64_t difference(clockid_t clock, clockid_t from) {
  constexpr int k_tries = 8;
  constexpr std::int64_t k_close = 200'000;
  std::int64_t best = 0;
  std::int64_t width = INT64_MAX;
  for (int i = 0; i < k_tries && width > k_close; ++i) {
    const std::int64_t before = nanoseconds(from);
    const std::int64_t there = nanoseconds(clock);
    const std::int64_t after = nanoseconds(from);
    if (after - before >= width) continue;
    width = after - before;
    best = there - before - width / 2;
  }
  return best;
}

}  // namespace

WallClock WallClock::system() {
  return {.unix_minus_boot = [] { return difference(CLOCK_REALTIME, CLOCK_BOOTTIME); },
          .slept = [] { return Duration{difference(CLOCK_BOOTTIME, CLOCK_MONOTONIC)}; },
          .synchronised =
              [] {
                // A machine without a clock of its own wakes in 1970. Where the system does not let us ask, it is
                // believed.
                constexpr std::int64_t k_2025 = 1'735'689'600LL * 1'000'000'000;
                timex state{};
                return nanoseconds(CLOCK_REALTIME) > k_2025 && ::adjtimex(&state) != TIME_ERROR;
              }};
}

}  // namespace pue
