#pragma once

#include "agent/commands/check_probe.h"

namespace pue::commands {

/// Reads the configured points of all BMCs of the plan as `run` would, in a hurry: each BMC about once a second, of
/// thousands no more than 250 a second altogether. Returns when every point has given a value, or has been waited for
/// long enough: three rounds and the time that a slow BMC takes to tell its sensors.
///
/// Findings: BMCs that do not answer or refuse the login, and those without a power reading or without a supply or fan
/// that the configuration names. Many BMCs have no inlet sensor, so that one may be missing.
[[nodiscard]] ProbeResult probe_bmcs(const plan::Plan& plan);

}  // namespace pue::commands
