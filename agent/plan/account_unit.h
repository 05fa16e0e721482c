#pragma once

#include <cstdint>
#include <string_view>

#include "agent/plan/plan.h"

namespace pue::plan {

/// What a meter's account counts, in whole units.
enum class AccountUnit : std::uint8_t {
  none,           ///< readings that sum to nothing, such as a pressure
  joule,          ///< energy, and fuel by its energy
  milliliter,     ///< water
  degree_second,  ///< a temperature over time: divided by the time covered it is the mean
};

[[nodiscard]] AccountUnit account_unit(const Plan& plan, const Meter& meter);
/// @return the unit as the ledger writes it: "J", "mL", "degC.s"; "" for none.
[[nodiscard]] std::string_view name_of(AccountUnit unit);
/// @return how many of the unit are one of what the meter reads over a second.
[[nodiscard]] double scale_of(AccountUnit unit);

}  // namespace pue::plan
