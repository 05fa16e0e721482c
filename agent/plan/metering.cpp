#include "agent/plan/metering.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "config/nearest.h"
#include "config/section.h"

namespace pue::plan {
namespace {

using config::describe;
using config::Findings;
using profiles::Unit;

/// EN 50600-4: energy content of fuels.
constexpr double k_diesel_joules_per_cubic_meter = 9.9 * 3.6e9;
constexpr double k_gas_joules_per_cubic_meter = 10.5 * 3.6e6;

bool is_fuel(Role role) { return role == Role::fuel_diesel || role == Role::fuel_gas; }
bool counts_volume(Role role) { return is_fuel(role) || role == Role::water; }

/// @return the unit a role's reading must have; nothing where any will do.
std::optional<Unit> unit_of(Role role) {
  if (is_fuel(role) || role == Role::water) return Unit::cubic_meter_per_second;
  if (role == Role::weather_dry_bulb || role == Role::weather_wet_bulb) return Unit::celsius;
  if (role == Role::monitor) return std::nullopt;
  return Unit::watt;
}

std::string_view written(Unit unit) {
  if (unit == Unit::watt) return "power (W)";
  if (unit == Unit::celsius) return "a temperature (°C)";
  return "a volume flow (m3/s)";
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// What to write instead of a power point that the profile lacks.
std::string offer_of(const profiles::Profile& profile, Unit unit) {
  if (unit == Unit::watt) {
    for (const auto* const name : {"output_power_active_total", "power_active_total"}) {
      if (profile.find(name) != nullptr) return "write point = \"" + std::string(name) + "\"";
    }
    for (const std::string prefix : {"power_active_l", "output_power_active_l"}) {
      std::vector<std::string> phases;
      for (const auto* const phase : {"1", "2", "3"}) {
        if (profile.find(prefix + phase) != nullptr) phases.push_back('"' + prefix + phase + '"');
      }
      if (!phases.empty()) return "write point = [" + joined(phases) + "]";
    }
  }
  std::vector<std::string> offered;
  for (const auto& point : profile.points) {
    if (point.unit == unit && point.kind == profiles::PointKind::gauge) offered.push_back(point.name);
  }
  if (offered.empty())
    return "the profile offers no " + std::string(written(unit).substr(written(unit)[1] == ' ' ? 2 : 0));
  return "the profile offers " + joined(offered);
}

std::vector<std::string> names_of(const profiles::Profile& profile) {
  std::vector<std::string> names;
  names.reserve(profile.points.size());
  for (const auto& point : profile.points) names.push_back(point.name);
  return names;
}

class Metering {
 public:
  Metering(const config::Settings& settings, Plan& plan, Findings& findings)
      : settings_(settings), plan_(plan), findings_(findings), failed_fleets_(settings.fleets.size(), false) {}

  void run() {
    plan_.meters.resize(settings_.meters.size());
    for (std::size_t i = 0; i < settings_.meters.size(); ++i) names_.try_emplace(settings_.meters[i].name.value, i);
    for (const auto& device : plan_.devices) devices_.emplace(device.name, device.id);
    for (std::size_t i = 0; i < settings_.meters.size(); ++i) {
      const auto& settings = settings_.meters[i];
      const auto before = findings_.problems().size();
      if (settings.fleet && failed_fleets_[*settings.fleet]) {
        plan_.meters[i].id = static_cast<MeterId>(i);
        plan_.meters[i].name = settings.name.value;
        continue;
      }
      add(settings, static_cast<MeterId>(i));
      // What is wrong with one of a fleet is wrong with all: once is enough.
      if (settings.fleet && findings_.problems().size() != before) failed_fleets_[*settings.fleet] = true;
    }
  }

 private:
  void add(const config::MeterSettings& settings, MeterId id) {
    key_ = settings.fleet ? "fleet." + config::quoted_key(settings_.fleets[*settings.fleet].name)
                          : "meter." + config::quoted_key(settings.name.value);
    Meter meter;
    meter.id = id;
    meter.name = settings.name.value;
    meter.share = settings.share.value;
    meter.ratio = settings.ct_ratio;
    meter.max_power = settings.max_power;
    meter.zone = settings.zone.value;
    meter.service = settings.service.value;
    meter.accuracy_class = settings.accuracy_class;
    meter.ct_class = settings.ct_class;
    meter.serial = settings.serial;
    meter.calibrated_until = settings.calibrated_until;
    check_name(settings, id);
    check_serial(settings);
    check_service(settings);
    const auto role = role_from(settings.role.value);
    if (role) {
      meter.role = *role;
    } else {
      unknown_role(settings);
    }
    find_upstream(settings, meter);
    if (role) {
      convert(settings, meter);
      if (!settings.device.given()) {
        check_import_alone(settings);
      } else if (const auto* device = find_device(settings)) {
        meter.device = device->id;
        if (device->profile != nullptr) find_points(settings, *device, meter);
      }
    }
    plan_.meters[id] = std::move(meter);
  }

  void report(config::Place at, std::string_view key, std::string message) {
    findings_.add(at, key_ + (key.empty() ? "" : "." + std::string(key)), std::move(message));
  }
  [[nodiscard]] std::string at(config::Place place) const { return describe(findings_.file(), place); }

  void check_name(const config::MeterSettings& settings, MeterId id) {
    const auto first = names_.at(settings.name.value);
    if (first == id) return;
    report(settings.name.at, "name", "a meter of this name is at " + at(settings_.meters[first].name.at));
  }

  void check_serial(const config::MeterSettings& settings) {
    if (settings.serial.empty()) return;
    const auto [first, fresh] = serials_.try_emplace(settings.serial, settings.name);
    if (fresh) return;
    // One instrument may give several meters (its phases); two instruments never have one number.
    const auto other = names_.at(first->second.value);
    if (settings.device.given() && settings_.meters[other].device.value == settings.device.value) return;
    report(
        settings.name.at, "serial",
        "serial '" + settings.serial + "' belongs to meter '" + first->second.value + "' at " + at(first->second.at));
  }

  void check_service(const config::MeterSettings& settings) {
    const auto& service = settings.service.value;
    if (service.empty() || service == "compute" || service == "storage" || service == "network") return;
    report(settings.service.at, "service", "expected compute, storage or network, got '" + service + "'");
  }

  void unknown_role(const config::MeterSettings& settings) {
    std::vector<std::string> roles;
    roles.reserve(k_roles);
    for (std::size_t i = 0; i < k_roles; ++i) roles.emplace_back(name_of(static_cast<Role>(i)));
    report(settings.role.at, "role",
           "no role '" + settings.role.value + "'" + config::suggestion(settings.role.value, roles) + "; roles are " +
               joined(roles));
  }

  void find_upstream(const config::MeterSettings& settings, Meter& meter) {
    if (!settings.upstream.given()) return;
    const auto found = names_.find(settings.upstream.value);
    if (found != names_.end()) {
      meter.upstream = static_cast<MeterId>(found->second);
      return;
    }
    std::vector<std::string> names;
    names.reserve(names_.size());
    for (const auto& [name, index] : names_) names.push_back(name);
    report(settings.upstream.at, "upstream",
           "no meter '" + settings.upstream.value + "'" + config::suggestion(settings.upstream.value, names));
  }

  void convert(const config::MeterSettings& settings, Meter& meter) {
    const auto& volume = settings.conversion_volume;
    const auto& number = settings.conversion;
    if (is_fuel(meter.role)) {
      meter.conversion =
          meter.role == Role::fuel_diesel ? k_diesel_joules_per_cubic_meter : k_gas_joules_per_cubic_meter;
      if (volume.given()) meter.conversion = volume.value;
      if (number.given()) report(number.at, "conversion", "expected an energy per volume, e.g. \"9.9 kWh/L\"");
    } else if (meter.role == Role::cold_purchased) {
      if (volume.given()) report(volume.at, "conversion", "expected a number: electricity per cold, e.g. 0.31");
      if (number.given()) meter.conversion = number.value;
      if (!number.given() && !volume.given()) {
        report(settings.at, "conversion",
               "missing: how much electricity a unit of this cold stands for, 1 / COP of the supplier, e.g. 0.31");
      }
    } else if (volume.given() || number.given()) {
      report(volume.given() ? volume.at : number.at, "conversion",
             "belongs to fuel.diesel, fuel.gas and cold.purchased; a transformer's ratio is ct_ratio, a portion share");
    }
  }

  void check_import_alone(const config::MeterSettings& settings) {
    if (settings_.ledger.path.empty()) {
      report(settings.at, "device",
             "missing: a meter without a device is fed by import alone, into a ledger: give device, or [ledger] path");
    }
    const auto has_no_points = [&](const config::Located<std::string>& point, std::string_view key) {
      report(point.at, key, "belongs to a meter with a device: give device, or remove " + std::string(key));
    };
    for (const auto& point : settings.point) has_no_points(point, "point");
    if (settings.energy_point.given()) has_no_points(settings.energy_point, "energy_point");
  }

  const Device* find_device(const config::MeterSettings& settings) {
    const auto found = devices_.find(settings.device.value);
    if (found != devices_.end()) return &plan_.devices[found->second];
    std::vector<std::string> names;
    names.reserve(devices_.size());
    for (const auto& [name, id] : devices_) names.push_back(name);
    report(settings.device.at, "device",
           "no device '" + settings.device.value + "'" + config::suggestion(settings.device.value, names));
    return nullptr;
  }

  [[nodiscard]] const Point* polled(const Device& device, std::string_view name) const {
    for (const auto id : device.points) {
      if (plan_.points[id].name == name) return &plan_.points[id];
    }
    return nullptr;
  }

  void find_points(const config::MeterSettings& settings, const Device& device, Meter& meter) {
    std::vector<config::Located<std::string>> wanted = settings.point;
    if (wanted.empty()) wanted.push_back({std::string(default_point(meter.role)), settings.at});
    for (const auto& name : wanted) {
      const auto* point = polled(device, name.value);
      if (point == nullptr) {
        // A device that is watched and nothing more needs no power.
        if (meter.role == Role::monitor && settings.point.empty()) continue;
        lacking(device, name, meter.role);
      } else if (fits(*point, name, meter.role)) {
        claim(*point, name);
        meter.power.push_back(point->id);
      }
    }
    find_register(settings, device, meter);
    if (const auto* serial = polled(device, "serial_number")) meter.serial_number = serial->id;
  }

  void lacking(const Device& device, const config::Located<std::string>& name, Role role) {
    const auto& profile = *device.profile;
    if (profile.find(name.value) != nullptr) {
      return report(name.at, "point",
                    "device '" + device.name + "' does not poll '" + name.value + "': add it to its points");
    }
    auto message = "profile '" + profile.id + "' has no point '" + name.value + "'";
    const auto hint = config::suggestion(name.value, names_of(profile));
    message += hint.empty() || name.value == default_point(role)
                   ? ": " + offer_of(profile, unit_of(role).value_or(Unit::watt))
                   : hint;
    report(name.at, "point", message);
  }

  bool fits(const Point& point, const config::Located<std::string>& name, Role role) {
    const auto unit = unit_of(role);
    if (!unit || (point.source->unit == *unit && point.source->kind == profiles::PointKind::gauge)) return true;
    report(name.at, "point",
           "role " + std::string(name_of(role)) + " needs " + std::string(written(*unit)) + ", '" +
               std::string(point.name) + "' has the unit '" + std::string(profiles::symbol(point.source->unit)) + "'");
    return false;
  }

  void claim(const Point& point, const config::Located<std::string>& name) {
    const auto [first, fresh] = claimed_.try_emplace(point.id, key_, name.at);
    if (fresh) return;
    report(name.at, "point",
           "'" + std::string(point.name) + "' of device '" + plan_.devices[point.device].name + "' is read by " +
               first->second.first + " at " + at(first->second.second) + " already: it would count twice");
  }

  void find_register(const config::MeterSettings& settings, const Device& device, Meter& meter) {
    const auto& wanted = settings.energy_point;
    if (wanted.given() && wanted.value == "none") return;
    if (wanted.given()) {
      const auto* point = polled(device, wanted.value);
      if (point == nullptr) {
        report(wanted.at, "energy_point",
               "device '" + device.name + "' has no point '" + wanted.value + "'" +
                   config::suggestion(wanted.value, names_of(*device.profile)));
      } else if (!counts_energy(*point, meter.role)) {
        report(wanted.at, "energy_point",
               "'" + wanted.value + "' is no register of " + (counts_volume(meter.role) ? "volume" : "energy"));
      } else {
        meter.energy = point->id;
      }
      return;
    }
    if (meter.power.size() != 1) return;
    for (const auto name : registers_of(plan_.points[meter.power.front()].name)) {
      const auto* point = polled(device, name);
      if (point == nullptr || !counts_energy(*point, meter.role)) continue;
      meter.energy = point->id;
      return;
    }
  }

  static bool counts_energy(const Point& point, Role role) {
    return point.source->kind == profiles::PointKind::counter &&
           point.source->unit == (counts_volume(role) ? Unit::cubic_meter : Unit::joule);
  }

  const config::Settings& settings_;
  Plan& plan_;
  Findings& findings_;
  std::string key_;  ///< of the meter at hand
  std::vector<bool> failed_fleets_;
  std::map<std::string, std::size_t> names_;
  std::map<std::string, DeviceId> devices_;
  std::map<std::string, config::Located<std::string>> serials_;  ///< serial to meter
  std::map<PointId, std::pair<std::string, config::Place>> claimed_;
};

}  // namespace

std::span<const std::string_view> registers_of(std::string_view power) {
  struct Row {
    std::string_view power;
    std::array<std::string_view, 3> registers;
    std::size_t count;
  };
  static constexpr std::array<Row, 6> rows{{
      {"power_active_total", {"energy_active_import_total", "energy_active_total", "energy_active_sum_total"}, 3},
      {"output_power_active_total", {"energy_output_total", "", ""}, 1},
      {"power_active_l1", {"energy_active_import_l1", "", ""}, 1},
      {"power_active_l2", {"energy_active_import_l2", "", ""}, 1},
      {"power_active_l3", {"energy_active_import_l3", "", ""}, 1},
      {"flow_volume", {"volume_total", "volume", ""}, 2},
  }};
  for (const auto& row : rows) {
    if (row.power == power) return std::span(row.registers).first(row.count);
  }
  return {};
}

void add_meters(const config::Settings& settings, Plan& plan, Findings& findings) {
  Metering{settings, plan, findings}.run();
}

}  // namespace pue::plan
