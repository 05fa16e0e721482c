#include "collectors/ipmi/sensor_inventory.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <tuple>

namespace pue::ipmi {
namespace {

constexpr std::uint8_t k_bmc_address = 0x20;

// Entities, table 43-13.
constexpr std::uint8_t k_system_board = 0x07;
constexpr std::uint8_t k_power_supply = 0x0A;
constexpr std::uint8_t k_power_unit = 0x13;
constexpr std::uint8_t k_system_chassis = 0x17;
constexpr std::uint8_t k_air_inlet = 0x37;
constexpr std::uint8_t k_dcmi_inlet = 0x40;

// Sensor types, table 42-3.
constexpr std::uint8_t k_temperature = 0x01;
constexpr std::uint8_t k_current = 0x03;
constexpr std::uint8_t k_fan = 0x04;
constexpr std::uint8_t k_supply = 0x08;
constexpr std::uint8_t k_unit = 0x09;
constexpr std::uint8_t k_other_units = 0x0B;

constexpr std::uint8_t k_sensor_specific = 0x6F;

std::string plain(std::string_view name) {
  std::string out{name};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_' || c == '-' || c == '.') c = ' ';
  }
  return out;
}

bool has_any(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [name](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

auto place(const Sensor& sensor) { return std::tuple{sensor.entity, sensor.instance, sensor.number}; }

void keep_best(std::optional<Sensor>& best, const Sensor& sensor) {
  if (sensor.rank > 0 && (!best || sensor.rank > best->rank)) best = sensor;
}

/// 2: surely the input, 1: nothing is said, 0: the output, or no present power.
std::uint8_t rank_of_input(const SensorRecord& record) {
  const auto name = plain(record.name);
  if (has_any(name, {"out", "max", "peak", "min", "avg", "average", "rated", "status"})) return 0;
  if (record.direction == SensorRecord::Direction::output) return 0;
  return record.direction == SensorRecord::Direction::input || has_any(name, {" in", "pin", "input", "ac"}) ? 2 : 1;
}

std::uint8_t rank_of_inlet(const SensorRecord& record) {
  const auto name = plain(record.name);
  if (record.entity == k_dcmi_inlet) return 4;
  if (record.entity == k_air_inlet) return 3;
  if (record.entity == k_power_supply || has_any(name, {"ps", "cpu", "gpu", "pcie", "water", "coolant"})) return 0;
  if (has_any(name, {"inlet"})) return 2;
  return has_any(name, {"ambient"}) ? 1 : 0;
}

}  // namespace

std::uint8_t rank_of_total(std::uint8_t entity, std::string_view sensor_name) {
  const auto name = plain(sensor_name);
  // Parts of a system, and figures that are not its present power.
  if (has_any(name, {"cpu",   "proc", "mem", "dimm", "gpu", "fan",     "hdd",   "ssd", "drive",  "disk",     "pcie",
                     "riser", "peak", "max", "min",  "avg", "average", "limit", "cap", "budget", "headroom", "out"})) {
    return 0;
  }
  const bool board = entity == k_system_board || entity == k_power_unit || entity == k_system_chassis;
  if (has_any(name, {"system level", "pwr consumption", "power consumption", "power meter", "total power",
                     "power total", "sys power", "system power", "sys pwr", "total pwr"})) {
    return board ? 3 : 2;
  }
  return board ? 1 : 0;
}

void SensorInventory::take(const SensorRecord& record) {
  // A sensor of another controller would have to be asked for through a bridge, and the agent does not use one.
  if (record.owner != k_bmc_address || record.lun != 0) return;
  // Some repositories hold a record twice, after an update: a supply must not count twice.
  for (const auto* known : {&supplies, &supply_states, &fans}) {
    if (std::ranges::find(*known, record.number, &Sensor::number) != known->end()) return;
  }
  const Sensor sensor{.conversion = record.conversion,
                      .unit = record.unit,
                      .number = record.number,
                      .entity = record.entity,
                      .instance = record.entity_instance};
  if (record.entity == k_power_supply && record.sensor_type == k_supply && record.reading_type == k_sensor_specific) {
    if (supply_states.size() < k_most_supplies) supply_states.push_back(sensor);
    return;
  }
  if (record.conversion.format == Conversion::Format::none) return;
  switch (record.unit) {
    case SensorUnit::watts:
      take_power(record, sensor);
      return;
    case SensorUnit::revolutions_per_minute:
      if (record.sensor_type == k_fan && fans.size() < k_most_fans) fans.push_back(sensor);
      return;
    case SensorUnit::celsius:
    case SensorUnit::fahrenheit:
    case SensorUnit::kelvin: {
      if (record.sensor_type != k_temperature) return;
      auto ranked = sensor;
      ranked.rank = rank_of_inlet(record);
      keep_best(inlet, ranked);
      return;
    }
    case SensorUnit::other:
      return;
  }
}

void SensorInventory::take_power(const SensorRecord& record, Sensor sensor) {
  const auto type = record.sensor_type;
  if (type != k_supply && type != k_unit && type != k_other_units && type != k_current) return;
  if (record.entity != k_power_supply) {
    sensor.rank = rank_of_total(record.entity, record.name);
    keep_best(total, sensor);
    return;
  }
  sensor.rank = rank_of_input(record);
  if (sensor.rank == 0) return;
  if (has_any(plain(record.name), {"chassis", "encl", "shared"})) names_a_chassis = true;
  take_supply(sensor);
}

/// Of a supply with several sensors the surest counts. Equally sure ones are different supplies: some BMCs give all of
/// them one instance.
void SensorInventory::take_supply(Sensor sensor) {
  for (auto& known : supplies) {
    if (known.instance != sensor.instance || known.rank == sensor.rank) continue;
    if (sensor.rank > known.rank) known = sensor;
    return;
  }
  if (supplies.size() < k_most_supplies) supplies.push_back(sensor);
}

void SensorInventory::finish() {
  const auto in_order = [](const Sensor& a, const Sensor& b) { return place(a) < place(b); };
  for (auto* sensors : {&supplies, &supply_states, &fans}) {
    std::sort(sensors->begin(), sensors->end(), in_order);
    sensors->shrink_to_fit();
  }
}

}  // namespace pue::ipmi
