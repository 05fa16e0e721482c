#pragma once

#include <vector>

#include "agent/plan/plan.h"
#include "config/findings.h"
#include "config/settings.h"

/// The third step of `build`: how the meters lie behind each other and what they add up to.
namespace pue::plan {

/// Reports what would count energy twice or not at all along `upstream`, then fills the plan's method, total, IT
/// layers and zones.
void draw_boundary(const config::Settings& settings, Plan& plan, config::Findings& findings);

/// @return for each meter the meters directly below it along `upstream`.
[[nodiscard]] std::vector<std::vector<MeterId>> children_of(const Plan& plan);

/// @return whether the meter reads electrical power: it stands in the single-line diagram.
[[nodiscard]] bool is_electrical(const Plan& plan, const Meter& meter);

/// @return the same as children_of, of electrical meters below electrical ones alone.
[[nodiscard]] std::vector<std::vector<MeterId>> electrical_children_of(const Plan& plan);

/// @return what the meter's readings are in: watts where it counts in the balance of energy, whatever its point is in;
/// a temperature or a flow where it is one of weather or water.
[[nodiscard]] profiles::Unit unit_of(const Plan& plan, const Meter& meter);

/// @return by MeterId, whether the facility's figures need the meter: it counts in the total or in IT.
[[nodiscard]] std::vector<bool> required_meters(const Plan& plan);

}  // namespace pue::plan
