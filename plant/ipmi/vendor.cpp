#include "plant/ipmi/vendor.h"

#include <algorithm>

namespace pue::plant::ipmi {
namespace {

Sensor inlet() { return {.number = 1, .name = "Inlet Temp", .measures = Measures::inlet_temperature}; }
Sensor processor() {
  return {.number = 2,
          .name = "CPU1 Temp",
          .measures = Measures::processor_temperature,
          .m = 5,
          .b = -5,
          .exponent = -1,
          .b_exponent = 2};
}
Sensor supply(std::uint8_t instance) {
  return {.number = static_cast<std::uint8_t>(0x10 + instance),
          .name = "PS" + std::to_string(instance) + " Input",
          .measures = Measures::supply_input,
          .instance = instance,
          .m = 4};
}
Sensor system() { return {.number = 0x20, .name = "Pwr Consumption", .measures = Measures::system_power, .m = 6}; }
Sensor fan(std::uint8_t instance) {
  return {.number = static_cast<std::uint8_t>(0x30 + instance),
          .name = "FAN" + std::to_string(instance),
          .measures = Measures::fan_speed,
          .instance = instance,
          .m = 80};
}

std::vector<Sensor> usual() { return {inlet(), processor(), supply(1), supply(2), fan(1), fan(2), fan(3), fan(4)}; }
std::vector<Sensor> with(std::vector<Sensor> sensors, Sensor more) {
  sensors.push_back(std::move(more));
  return sensors;
}
std::vector<Sensor> named(std::string first, NameCoding coding) {
  auto sensors = usual();
  sensors.front().name = std::move(first);
  for (auto& sensor : sensors) {
    sensor.coding = coding;
    if (coding != NameCoding::packed) continue;
    for (auto& c : sensor.name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return sensors;
}
/// The supplies of a chassis of several nodes, as each of its nodes shows them.
std::vector<Sensor> of_a_chassis() {
  auto sensors = usual();
  for (auto& sensor : sensors) {
    if (sensor.measures != Measures::supply_input) continue;
    sensor.name = "Chassis PS" + std::to_string(sensor.instance);
    sensor.m = 8;
  }
  return sensors;
}
std::vector<Sensor> with_curve() {
  auto sensors = usual();
  sensors.front().non_linear = true;
  return sensors;
}

std::vector<Vendor> make_vendors() {
  return {
      {.name = "plain", .manufacturer = 674, .product = 0x0100, .dcmi_temperature = true, .sensors = usual()},
      {.name = "no-dcmi",
       .manufacturer = 5771,
       .product = 0x0200,
       .power = DcmiPower::absent,
       .sensors = with(usual(), system())},
      {.name = "supplies-only",
       .manufacturer = 10876,
       .product = 0x0300,
       .power = DcmiPower::absent,
       .sensors = usual()},
      {.name = "zero-dcmi",
       .manufacturer = 42817,
       .product = 0x0400,
       .power = DcmiPower::zero_inactive,
       .sensors = with(usual(), system())},
      {.name = "inactive-dcmi",
       .manufacturer = 42817,
       .product = 0x0401,
       .power = DcmiPower::right_inactive,
       .sensors = usual()},
      {.name = "late-dcmi",
       .manufacturer = 19046,
       .product = 0x0500,
       .power = DcmiPower::unready_at_first,
       .sensors = usual()},
      {.name = "latin-1",
       .manufacturer = 10368,
       .product = 0x0600,
       .sensors = named("Zuluft \xB0"
                        "C",
                        NameCoding::latin_1)},
      {.name = "packed", .manufacturer = 343, .product = 0x0700, .sensors = named("INLET TEMP", NameCoding::packed)},
      {.name = "small-parts", .manufacturer = 11, .product = 0x0800, .most_sdr_bytes = 16, .sensors = usual()},
      {.name = "non-linear", .manufacturer = 343, .product = 0x0701, .sensors = with_curve()},
      {.name = "slow", .manufacturer = 15000, .product = 0x0900, .answers_after = 350, .sensors = usual()},
      {.name = "shared-supplies",
       .manufacturer = 10876,
       .product = 0x0301,
       .power = DcmiPower::absent,
       .nodes_on_supplies = 4,
       .sensors = of_a_chassis()},
      {.name = "device-sdrs",
       .manufacturer = 10876,
       .product = 0x0302,
       .power = DcmiPower::absent,
       .device_sdrs = true,
       .sensors = with(usual(), system())},
  };
}

const std::vector<Vendor>& all() {
  static const auto vendors = make_vendors();
  return vendors;
}

}  // namespace

std::span<const Vendor> vendors() { return all(); }

const Vendor* vendor_named(std::string_view name) {
  const auto found = std::ranges::find(all(), name, &Vendor::name);
  return found == all().end() ? nullptr : &*found;
}

}  // namespace pue::plant::ipmi
