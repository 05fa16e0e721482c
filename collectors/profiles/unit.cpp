#include "collectors/profiles/unit.h"

#include <array>
#include <utility>

namespace pue::profiles {
namespace {

constexpr std::array<std::pair<std::string_view, WrittenUnit>, 34> k_units{{
    {"1", {Unit::none, 1.0}},
    {"", {Unit::none, 1.0}},
    {"W", {Unit::watt, 1.0}},
    {"kW", {Unit::watt, 1e3}},
    {"VA", {Unit::volt_ampere, 1.0}},
    {"kVA", {Unit::volt_ampere, 1e3}},
    {"var", {Unit::var, 1.0}},
    {"kvar", {Unit::var, 1e3}},
    {"J", {Unit::joule, 1.0}},
    {"Wh", {Unit::joule, 3600.0}},
    {"kWh", {Unit::joule, 3.6e6}},
    {"MWh", {Unit::joule, 3.6e9}},
    {"VAh", {Unit::volt_ampere_second, 3600.0}},
    {"kVAh", {Unit::volt_ampere_second, 3.6e6}},
    {"varh", {Unit::var_second, 3600.0}},
    {"kvarh", {Unit::var_second, 3.6e6}},
    {"V", {Unit::volt, 1.0}},
    {"A", {Unit::ampere, 1.0}},
    {"Hz", {Unit::hertz, 1.0}},
    {"ratio", {Unit::ratio, 1.0}},
    {"%", {Unit::ratio, 0.01}},
    {"Cel", {Unit::celsius, 1.0}},
    {"Pa", {Unit::pascal, 1.0}},
    {"kPa", {Unit::pascal, 1e3}},
    {"bar", {Unit::pascal, 1e5}},
    {"s", {Unit::second, 1.0}},
    {"min", {Unit::second, 60.0}},
    {"h", {Unit::second, 3600.0}},
    {"m3", {Unit::cubic_meter, 1.0}},
    {"m3/s", {Unit::cubic_meter_per_second, 1.0}},
    {"m3/h", {Unit::cubic_meter_per_second, 1.0 / 3600.0}},
    {"l/h", {Unit::cubic_meter_per_second, 1e-3 / 3600.0}},
    {"l/s", {Unit::cubic_meter_per_second, 1e-3}},
    {"rpm", {Unit::revolutions_per_minute, 1.0}},
}};

}  // namespace

std::optional<WrittenUnit> unit_from(std::string_view text) {
  for (const auto& [name, unit] : k_units) {
    if (name == text) return unit;
  }
  return std::nullopt;
}

std::string_view symbol(Unit unit) {
  switch (unit) {
    case Unit::none:
      return "";
    case Unit::watt:
      return "W";
    case Unit::volt_ampere:
      return "VA";
    case Unit::var:
      return "var";
    case Unit::joule:
      return "J";
    case Unit::volt_ampere_second:
      return "VA s";
    case Unit::var_second:
      return "var s";
    case Unit::volt:
      return "V";
    case Unit::ampere:
      return "A";
    case Unit::hertz:
      return "Hz";
    case Unit::ratio:
      return "ratio";
    case Unit::celsius:
      return "°C";
    case Unit::pascal:
      return "Pa";
    case Unit::second:
      return "s";
    case Unit::cubic_meter:
      return "m3";
    case Unit::cubic_meter_per_second:
      return "m3/s";
    case Unit::revolutions_per_minute:
      return "rpm";
  }
  return "";
}

}  // namespace pue::profiles
