#pragma once

#include <cstdint>
#include <functional>

#include "agent/units/time.h"

namespace pue {

/// Milliseconds since 1970-01-01T00:00:00Z.
using UnixMs = std::int64_t;

/// How UTC lies beside the boot clock. UTC is a label: it is stepped, and nothing is measured by it.
struct WallClock {
  /// @return nanoseconds from the boot clock's 0 to 1970, as UTC has it now.
  std::function<std::int64_t()> unix_minus_boot;
  /// @return how long the machine slept since it was booted.
  std::function<Duration()> slept;
  /// @return whether the system says that its clock is synchronised.
  std::function<bool()> synchronised;

  /// @return the machine's own.
  [[nodiscard]] static WallClock system();
};

/// @return the label of `at`, to the millisecond.
[[nodiscard]] constexpr UnixMs unix_ms(Instant at, std::int64_t unix_minus_boot) {
  constexpr std::int64_t k_ms = 1'000'000;
  const std::int64_t ns = at.time_since_epoch().count() + unix_minus_boot;
  return (ns + (ns >= 0 ? k_ms / 2 : -k_ms / 2)) / k_ms;
}
/// @return the instant that `label` names.
[[nodiscard]] constexpr Instant instant_of(UnixMs label, std::int64_t unix_minus_boot) {
  return Instant{Duration{label * 1'000'000 - unix_minus_boot}};
}

}  // namespace pue
