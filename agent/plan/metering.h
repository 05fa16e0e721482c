#pragma once

#include <span>

#include "agent/plan/plan.h"
#include "config/findings.h"
#include "config/settings.h"

/// The second step of `build`: what the readings of the devices mean.
namespace pue::plan {

/// Fills `plan.meters`, in the order of `settings.meters`, so that an index into one is an id of the other. A meter
/// that could not be resolved has a problem among `findings`.
void add_meters(const config::Settings& settings, Plan& plan, config::Findings& findings);

/// @return the name of the energy register that counts what the power point `power` shows, most fitting first; empty
/// where there is none.
[[nodiscard]] std::span<const std::string_view> registers_of(std::string_view power);

}  // namespace pue::plan
