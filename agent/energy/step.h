#pragma once

#include <optional>

#include "agent/units/quantity.h"
#include "agent/units/time.h"

namespace pue::energy {

/// What one new reading says of the energy since the one before.
struct Step {
  std::optional<Joules> energy;  ///< nothing where the reading is the first, or nothing can be said of the time between
  bool bridged = false;  ///< the energy's course between the two readings is known well enough to divide it by time
  bool reset = false;    ///< the counter fell or leapt: a new count begins at this reading
};

}  // namespace pue::energy
