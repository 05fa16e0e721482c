#pragma once

#include "collectors/profiles/profile.h"

/// What real devices do that a profile, made for reading, need not say.
namespace pue::plant {

/// @return the raw value after which a counter of this device starts again at 0; 0: at the register's range.
[[nodiscard]] double modulus_of(const profiles::Profile& profile, const profiles::Point& point);

/// @return whether a request that begins or ends inside a value is refused.
[[nodiscard]] bool refuses_split_values(const profiles::Profile& profile);

}  // namespace pue::plant
