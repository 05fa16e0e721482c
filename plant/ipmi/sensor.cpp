#include "plant/ipmi/sensor.h"

#include <algorithm>
#include <cmath>

namespace pue::plant::ipmi {
namespace {

struct Codes {
  std::uint8_t type;
  std::uint8_t unit;
  std::uint8_t entity;
};

Codes codes_of(Measures measures) {
  switch (measures) {
    case Measures::inlet_temperature:
      return {0x01, 1, 0x37};  // temperature, degrees C, air inlet
    case Measures::processor_temperature:
      return {0x01, 1, 0x03};
    case Measures::supply_input:
      return {0x08, 6, 0x0A};  // power supply, watts
    case Measures::system_power:
      return {0x0B, 6, 0x07};  // other units, watts, system board
    case Measures::fan_speed:
      break;
  }
  return {0x04, 18, 0x1D};  // fan, revolutions per minute, fan
}

Bytes packed(const std::string& name) {
  Bytes out((6 * name.size() + 7) / 8);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto bits = static_cast<unsigned>(name[i] - 0x20) & 0x3FU;
    const auto at = 6 * i;
    out[at / 8] = static_cast<std::uint8_t>(out[at / 8] | (bits << (at % 8)));
    if (at % 8 > 2) out[at / 8 + 1] = static_cast<std::uint8_t>(out[at / 8 + 1] | (bits >> (8 - at % 8)));
  }
  return out;
}

}  // namespace

std::uint8_t Sensor::raw_of(double value) const {
  const double raw = (value / std::pow(10.0, exponent) - b * std::pow(10.0, b_exponent)) / m;
  return static_cast<std::uint8_t>(std::clamp(std::round(raw), 0.0, 255.0));
}

Bytes Sensor::record(std::uint16_t id) const {
  const auto codes = codes_of(measures);
  Bytes body;
  append(body, {0x20, 0, number, codes.entity, instance, 0x7F, 0x68, codes.type, 0x01, 0, 0, 0, 0, 0, 0});
  append(body, {0x00, codes.unit, 0x00, non_linear ? 0x70U : 0x00U});
  const auto ten_bits = [&](int value) {
    const auto bits = static_cast<unsigned>(value) & 0x3FFU;
    append(body, {bits & 0xFFU, (bits >> 2U) & 0xC0U});
  };
  ten_bits(non_linear ? 1 : m);
  ten_bits(non_linear ? 0 : b);
  append(body, {0x00, ((static_cast<unsigned>(exponent) & 0xFU) << 4U) | (static_cast<unsigned>(b_exponent) & 0xFU)});
  append(body, {0, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const auto text = coding == NameCoding::packed ? packed(name) : Bytes{name.begin(), name.end()};
  append(body, {(coding == NameCoding::packed ? 0x80U : 0xC0U) | static_cast<unsigned>(text.size())});
  append(body, text);

  Bytes out;
  append_little(out, id, 2);
  append(out, {0x51, 0x01, static_cast<unsigned>(body.size())});
  append(out, body);
  return out;
}

}  // namespace pue::plant::ipmi
