#pragma once

#include <string>

#include "plant/ipmi/bytes.h"

namespace pue::plant::ipmi {

/// What a sensor measures, with its codes of tables 42-3 (type), 43-15 (unit) and 43-13 (entity) of IPMI 2.0.
enum class Measures : std::uint8_t { inlet_temperature, processor_temperature, supply_input, system_power, fan_speed };

enum class NameCoding : std::uint8_t { latin_1, packed };

/// An analogue sensor: value = (m * raw + b * 10^b_exponent) * 10^exponent, raw unsigned; or, where it is non-linear,
/// by factors that the BMC tells for each raw value.
struct Sensor {
  std::uint8_t number = 1;
  std::string name;  ///< Latin-1
  Measures measures = Measures::inlet_temperature;
  std::uint8_t instance = 1;
  int m = 1;
  int b = 0;
  int exponent = 0;
  int b_exponent = 0;
  bool non_linear = false;
  NameCoding coding = NameCoding::latin_1;

  /// @return the raw value nearest to `value`, within 0 to 255.
  [[nodiscard]] std::uint8_t raw_of(double value) const;
  /// @return its full sensor record (43.1) under that id.
  [[nodiscard]] Bytes record(std::uint16_t id) const;
};

}  // namespace pue::plant::ipmi
