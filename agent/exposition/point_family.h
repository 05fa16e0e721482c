#pragma once

#include <optional>
#include <string>

#include "agent/exposition/catalogue.h"
#include "collectors/profiles/profile.h"

namespace pue::exposition {

/// Where a device's point appears: its metric and the labels beside `device`. Empty labels are left out.
struct PointFamily {
  MetricId metric;
  std::string point;  ///< the quantity's name without what the other labels say
  std::string phase;
  std::string direction;
  std::string tariff;
  double factor = 1.0;  ///< value in the point's SI unit times this is the value in the metric's unit
};

/// Each point has exactly one metric, chosen by unit, kind and name, and no two points of one device share a series:
/// metric and labels together always give the name back.
/// @return nothing for texts, which have no number.
[[nodiscard]] std::optional<PointFamily> family_of(const profiles::Point& point);

}  // namespace pue::exposition
