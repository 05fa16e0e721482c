#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "collectors/ipmi/device_id.h"

namespace pue::ipmi {

/// What is known of a product beyond what its BMC says.
struct ProductTraits {
  bool shared_supply = false;  ///< several machines of a chassis draw from the same supplies, and each reports them
};

/// @return the traits of a product; all false for one that is not known. Numbers are those FreeIPMI's product list
/// gives (ipmi-product-id-spec); manufacturers are IANA enterprise numbers.
[[nodiscard]] inline ProductTraits traits_of(const DeviceIdentity& identity) {
  struct Row {
    std::uint32_t manufacturer;
    std::uint16_t product;
    ProductTraits traits;
  };
  constexpr std::uint32_t k_intel = 343;
  constexpr std::array k_rows{
      Row{k_intel, 77, {.shared_supply = true}},    // S2600JF, half-width board of the H2000 chassis (four machines)
      Row{k_intel, 111, {.shared_supply = true}},   // S2600KP, its successor in the H2000G
      Row{k_intel, 2818, {.shared_supply = true}},  // Windmill and Winterfell, Open Compute: the rack's power shelf
  };
  const auto* row = std::find_if(k_rows.begin(), k_rows.end(), [&](const Row& known) {
    return known.manufacturer == identity.manufacturer && known.product == identity.product;
  });
  return row == k_rows.end() ? ProductTraits{} : row->traits;
}

}  // namespace pue::ipmi
