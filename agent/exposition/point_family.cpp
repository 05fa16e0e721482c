#include "agent/exposition/point_family.h"

#include <array>
#include <string_view>

namespace pue::exposition {
namespace {

using profiles::PointKind;
using profiles::Unit;

constexpr std::array<std::string_view, 10> k_phases{"l1_l2", "l2_l3", "l3_l1", "l1_n", "l2_n",
                                                    "l3_n",  "l1",    "l2",    "l3",   "n"};
constexpr std::array<std::string_view, 3> k_directions{"import", "export", "generated"};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// Takes `_suffix` off the end of `name`, where there is one and something before it.
bool take_suffix(std::string_view& name, std::string_view suffix) {
  if (name.size() < suffix.size() + 2 || !name.ends_with(suffix)) return false;
  const auto before = name.size() - suffix.size() - 1;
  if (name[before] != '_') return false;
  name = name.substr(0, before);
  return true;
}

std::string take_one_of(std::string_view& name, auto& suffixes) {
  for (const auto suffix : suffixes) {
    if (take_suffix(name, suffix)) return std::string{suffix};
  }
  return {};
}

/// `t1` to `t99` at the end of a register's name.
std::string take_tariff(std::string_view& name) {
  const auto underscore = name.rfind('_');
  if (underscore == std::string_view::npos || underscore == 0) return {};
  const auto last = name.substr(underscore + 1);
  if (last.size() < 2 || last.size() > 3 || last[0] != 't') return {};
  if (last.find_first_not_of("0123456789", 1) != std::string_view::npos) return {};
  name = name.substr(0, underscore);
  return std::string{last};
}

PointFamily whole(MetricId metric, std::string_view name) { return {.metric = metric, .point = std::string{name}}; }

PointFamily part(MetricId metric, std::string_view name) {
  auto phase = take_one_of(name, k_phases);
  return {.metric = metric, .point = std::string{name}, .phase = std::move(phase)};
}

/// A quantity that has phases and a total: `_total`, `_sum` and the whole of a DC side go into a metric of their own.
PointFamily part_or_total(MetricId parts, MetricId total, std::string_view name) {
  auto stem = name;
  const bool is_total = take_suffix(stem, "total");
  // "x_sum" and "x_sum_total" must not meet, so both keep their names whole.
  if (stem.ends_with("_dc") || stem.ends_with("_sum")) return whole(total, name);
  return is_total ? whole(total, stem) : part(parts, name);
}

PointFamily energy(MetricId parts, MetricId total, std::optional<MetricId> by_tariff, std::string_view name) {
  if (by_tariff) {
    if (auto tariff = take_tariff(name); !tariff.empty()) {
      auto direction = take_one_of(name, k_directions);
      return {.metric = *by_tariff,
              .point = std::string{name},
              .phase = {},
              .direction = std::move(direction),
              .tariff = std::move(tariff)};
    }
  }
  const bool is_total = take_suffix(name, "total");
  auto phase = is_total ? std::string{} : take_one_of(name, k_phases);
  auto direction = take_one_of(name, k_directions);
  return {.metric = is_total ? total : parts,
          .point = std::string{name},
          .phase = std::move(phase),
          .direction = std::move(direction),
          .tariff = {}};
}

bool thermal(std::string_view name) {
  return contains(name, "heat") || contains(name, "cooling") || contains(name, "thermal");
}

PointFamily of_unit(Unit unit, bool counts, std::string_view name) {
  using enum MetricId;
  const bool nominal = name.starts_with("nominal_");
  switch (unit) {
    case Unit::watt:
      if (nominal) return whole(device_nominal_power, name);
      if (thermal(name)) return whole(device_thermal_power, name);
      return part_or_total(device_power, device_total_power, name);
    case Unit::volt_ampere:
      if (nominal) return whole(device_nominal_apparent_power, name);
      return part_or_total(device_apparent_power, device_total_apparent_power, name);
    case Unit::var:
      return part_or_total(device_reactive_power, device_total_reactive_power, name);
    case Unit::joule:
      if (!counts) return whole(device_stored_energy, name);
      if (thermal(name)) return whole(device_thermal_energy, name);
      return energy(device_phase_energy, device_energy, device_tariff_energy, name);
    case Unit::volt_ampere_second:
      return energy(device_phase_apparent_energy, device_apparent_energy, std::nullopt, name);
    case Unit::var_second:
      return energy(device_phase_reactive_energy, device_reactive_energy, std::nullopt, name);
    case Unit::volt:
      return part(device_voltage, name);
    case Unit::ampere:
      return part_or_total(device_current, device_total_current, name);
    case Unit::hertz:
      return whole(device_frequency, name);
    case Unit::ratio:
      if (contains(name, "power_factor")) return part_or_total(device_power_factor, device_total_power_factor, name);
      return whole(contains(name, "humidity") ? device_humidity : device_ratio, name);
    case Unit::celsius:
      return whole(device_temperature, name);
    case Unit::pascal:
      return whole(device_pressure, name);
    case Unit::second:
      return whole(counts ? device_time_counted : device_time, name);
    case Unit::cubic_meter:
      return whole(counts ? device_volume_counted : device_volume, name);
    case Unit::cubic_meter_per_second:
      return whole(device_flow, name);
    case Unit::revolutions_per_minute: {
      auto family = whole(device_speed, name);
      family.factor = 1.0 / 60.0;
      return family;
    }
    case Unit::none:
      break;
  }
  return whole(counts ? device_count : device_value, name);
}

}  // namespace

std::optional<PointFamily> family_of(const profiles::Point& point) {
  if (point.type == profiles::RegisterType::text) return std::nullopt;
  if (point.kind == PointKind::state) return whole(MetricId::device_state, point.name);
  return of_unit(point.unit, point.kind == PointKind::counter, point.name);
}

}  // namespace pue::exposition
