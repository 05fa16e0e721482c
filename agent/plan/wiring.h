#pragma once

#include "agent/plan/build.h"
#include "config/findings.h"

/// The first steps of `build`: which box sits on which bus, and which of its points are polled how often.
namespace pue::plan {

/// Fills `plan.buses`, `plan.devices` and `plan.points`. Devices stay in the order of `settings.devices`, so that an
/// index into one is an id of the other; a device whose profile was not found has none and no points.
void wire(const config::Settings& settings, const ProfileSource& find_profile, Plan& plan, config::Findings& findings);

/// Fills `device.points` and `plan.points` from the device's profile: all numbers, or those that `settings.points`
/// names.
void add_points(const config::Settings& all, const config::DeviceSettings& settings, Device& device, Plan& plan,
                config::Findings& findings);

}  // namespace pue::plan
