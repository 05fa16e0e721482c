#pragma once

#include <chrono>

#include "agent/units/quantity.h"
#include "agent/units/time.h"

/// What no meter of any site can have seen. A float register read in the wrong word order says 1e38 W: once added, such
/// a number would hide all that follows behind its rounding, and leave the range of the accounts.
namespace pue::energy {

/// More than passes any one meter: the largest sites planned draw this together.
inline constexpr Watts k_most_power{10e9};

/// Some meters renew their energy register four times an hour, whatever the time between two polls.
inline constexpr Duration k_register_renewal = std::chrono::minutes{15};

/// Power ever seen, times this, is more than the circuit can carry, as long as nobody has said what it can.
inline constexpr double k_headroom = 10.0;

/// What may lie between two readings of a register: the circuit's most over the time between them with a fifth to
/// spare, a step of the register, and what a register that is renewed four times an hour was late with.
[[nodiscard]] constexpr Joules most_between(Duration elapsed, Watts most, Joules step) {
  return 1.2 * (most * seconds_of(elapsed)) + step + most * seconds_of(k_register_renewal);
}

/// False for what is no number, too.
[[nodiscard]] constexpr bool plausible(Watts power) { return power <= k_most_power && -power <= k_most_power; }

/// @param elapsed between the two readings of a register that differ by `energy`.
[[nodiscard]] constexpr bool plausible(Joules energy, Duration elapsed) {
  return energy <= k_most_power * seconds_of(elapsed + k_register_renewal);
}

}  // namespace pue::energy
