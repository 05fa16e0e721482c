#pragma once

#include <stdexcept>
#include <string_view>

#include "collectors/profiles/profile.h"

namespace pue::modbus {

/// The exchanges a name of an order stands for, as `WordOrder` documents them.
inline profiles::WordOrder order_named(std::string_view name) {
  if (name == "ABCD" || name == "ABCDEFGH") return {};
  if (name == "CDAB" || name == "GHEFCDAB") return {.swap_words = true, .swap_dwords = true};
  if (name == "BADC" || name == "BADCFEHG") return {.swap_bytes = true};
  if (name == "DCBA" || name == "HGFEDCBA") return {.swap_bytes = true, .swap_words = true, .swap_dwords = true};
  if (name == "CDABGHEF") return {.swap_words = true};
  if (name == "EFGHABCD") return {.swap_dwords = true};
  throw std::invalid_argument("no such order");
}

}  // namespace pue::modbus
