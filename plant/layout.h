#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plant/devices/quantities.h"
#include "plant/physics/facility.h"

namespace pue::plant {

/// What a device's reading means to the facility, as an agent's configuration says it.
struct Meaning {
  std::string role;
  std::string point;     ///< empty: the role's default
  std::string upstream;  ///< empty: none
  std::string zone;
  std::string accuracy_class;
};

/// One simulated device of the facility. Its meter, where it has one, bears its name.
struct Instrument {
  std::string name;
  std::string profile;
  std::string bus;
  std::uint8_t unit = 1;
  bool draft = false;  ///< the profile is one: an agent reads it with allow_draft only
  std::optional<Meaning> meaning;
  std::function<std::unique_ptr<Quantities>()> quantities;
};

/// A TCP port or the serial line, with the instruments on it.
struct Wire {
  std::string name;
  std::optional<std::uint16_t> port_offset;  ///< from the base port; nothing: the serial line
};

/// The single-line diagram of the simulated facility: two feeds, two UPS systems, two halls.
struct Layout {
  std::vector<Wire> wires;
  std::vector<Instrument> instruments;
};

[[nodiscard]] Layout facility_layout(const Parameters& parameters);

}  // namespace pue::plant
