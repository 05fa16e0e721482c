#include "agent/ledger/naming.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "agent/pipeline/serial_text.h"
#include "agent/plan/account_unit.h"

namespace pue::ledger {
namespace {

std::string number(double value) { return fmt::format("{}", value); }

std::optional<double> number_in(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Texts of the ledger hold no control characters; what has them comes from a configuration file.
std::string clean(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return text;
}

MeterRecord record_of(const plan::Plan& plan, const plan::Meter& meter) {
  MeterRecord record;
  record.name = clean(meter.name);
  if (meter.device) {
    const plan::Device& device = plan.devices[*meter.device];
    record.device = clean(device.name);
    if (device.profile) record.profile = clean(device.profile->id);
  }
  record.role = plan::name_of(meter.role);
  record.unit = plan::name_of(plan::account_unit(plan, meter));
  for (const PointId point : meter.power) {
    record.point += (record.point.empty() ? "" : " ") + clean(std::string{plan.points[point].name});
  }
  if (meter.energy) record.energy_point = clean(std::string{plan.points[*meter.energy].name});
  record.share = number(meter.share);
  record.ct_ratio = number(meter.ratio);
  record.conversion = number(meter.conversion);
  record.accuracy_class = clean(meter.accuracy_class);
  record.ct_class = clean(meter.ct_class);
  record.serial = clean(meter.serial);
  record.calibrated_until = clean(meter.calibrated_until);
  record.zone = clean(meter.zone);
  record.service = clean(meter.service);
  if (meter.upstream) record.upstream = clean(plan.meters[*meter.upstream].name);
  return record;
}

/// A field of a configuration or a meter, as events name it: by its column in the ledger.
template <class Of>
struct Field {
  std::string_view name;
  std::string Of::* value;
};
constexpr std::array<Field<Configuration>, 10> k_facility_fields{{
    {"agent_version", &Configuration::agent_version},
    {"region", &Configuration::region},
    {"timezone", &Configuration::timezone},
    {"grid_zone", &Configuration::grid_zone},
    {"standard", &Configuration::standard},
    {"method", &Configuration::method},
    {"design_it_watts", &Configuration::design_it_watts},
    {"grid_factor", &Configuration::grid_factor},
    {"grid_factor_year", &Configuration::grid_factor_year},
    {"grid_factor_source", &Configuration::grid_factor_source},
}};
constexpr std::array<Field<MeterRecord>, 16> k_meter_fields{{
    {"device", &MeterRecord::device},
    {"role", &MeterRecord::role},
    {"point", &MeterRecord::point},
    {"energy_point", &MeterRecord::energy_point},
    {"share", &MeterRecord::share},
    {"ct_ratio", &MeterRecord::ct_ratio},
    {"conversion", &MeterRecord::conversion},
    {"accuracy_class", &MeterRecord::accuracy_class},
    {"ct_class", &MeterRecord::ct_class},
    {"serial", &MeterRecord::serial},
    {"calibrated_until", &MeterRecord::calibrated_until},
    {"zone", &MeterRecord::zone},
    {"service", &MeterRecord::service},
    {"upstream", &MeterRecord::upstream},
    {"profile", &MeterRecord::profile},
    {"unit", &MeterRecord::unit},
}};
/// More are in the tables; an event is read by a person.
constexpr std::size_t k_most_changes = 100;

template <class Of, std::size_t Count>
void compare(const Of& before, const Of& now, const std::array<Field<Of>, Count>& fields, std::string_view meter,
             std::vector<nlohmann::ordered_json>& changes) {
  for (const auto& [name, value] : fields) {
    if (before.*value == now.*value) continue;
    nlohmann::ordered_json change;
    if (!meter.empty()) change["meter"] = meter;
    change["field"] = name;
    change["before"] = before.*value;
    change["now"] = now.*value;
    changes.push_back(std::move(change));
  }
}

/// What differs, without secrets: of what the ledger keeps of a configuration, none is one.
nlohmann::ordered_json difference(const Configuration& before, const Configuration& now) {
  std::vector<nlohmann::ordered_json> changes;
  compare(before, now, k_facility_fields, {}, changes);
  std::map<std::string_view, const MeterRecord*> old;
  for (const MeterRecord& meter : before.meters) old.emplace(meter.name, &meter);
  for (const MeterRecord& meter : now.meters) {
    const auto found = old.find(meter.name);
    if (found == old.end()) {
      changes.push_back({{"meter", meter.name}, {"added", true}});
      continue;
    }
    compare(*found->second, meter, k_meter_fields, meter.name, changes);
    old.erase(found);
  }
  for (const auto& [name, meter] : old) changes.push_back({{"meter", name}, {"removed", true}});
  nlohmann::ordered_json detail{{"sha256_before", before.sha256}, {"sha256", now.sha256}};
  const std::size_t more = changes.size() > k_most_changes ? changes.size() - k_most_changes : 0;
  changes.resize(changes.size() - more);
  detail["changes"] = std::move(changes);
  if (more != 0) detail["more"] = more;
  return detail;
}

struct Told {
  std::string_view kind;
  std::string_view before;  ///< name of the two numbers in the event's detail; empty: not told
  std::string_view after;
};

/// In the order of LedgerEvent::Kind.
constexpr std::array<Told, 16> k_told{{
    {"counter-rollover", "reading_before", "reading_after"},
    {"counter-reset", "reading_before", "reading_after"},
    {"counter-replaced", "reading_before", "reading_after"},
    {"gap", "", "measured"},
    {"estimate", "", "substituted"},
    {"frozen", "reading", "by_power"},
    {"implausible", "by_register", "by_power"},
    {"device-replaced", "serial_before", "serial_after"},
    {"implausible-phases", "phases_watts", "total_watts"},
    {"implausible-balance", "below_watts", "above_watts"},
    {"standstill", "power", ""},
    {"clock-step", "", "seconds"},
    {"suspend", "", "seconds"},
    {"clock-unsynchronised", "", ""},
    {"clock-synchronised", "", ""},
    {"lost-records", "", "events"},
}};

}  // namespace

Configuration configuration_of(const plan::Plan& plan, std::string_view agent_version) {
  const plan::Facility& facility = plan.facility;
  Configuration configuration;
  configuration.sha256 = plan.config_sha256;
  configuration.agent_version = agent_version;
  configuration.facility = clean(facility.name);
  configuration.region = clean(facility.region);
  configuration.timezone = clean(facility.timezone);
  configuration.grid_zone = clean(facility.grid_zone);
  configuration.standard = clean(facility.standard);
  configuration.method = plan.method == plan::TotalMethod::entrance ? "entrance" : "submetered";
  if (facility.design_it_power) configuration.design_it_watts = number(facility.design_it_power->value());
  if (facility.grid_factor) {
    configuration.grid_factor = number(facility.grid_factor->grams_per_joule);
    configuration.grid_factor_year = std::to_string(facility.grid_factor->year);
    configuration.grid_factor_source = clean(facility.grid_factor->source);
  }
  for (const plan::Meter& meter : plan.meters) configuration.meters.push_back(record_of(plan, meter));
  for (std::size_t i = 0; i < plan.total.size(); ++i) {
    const plan::Meter& meter = plan.meters[plan.total[i]];
    configuration.meters[meter.id].total_sign = plan.total_sign[i] * plan::sign_of(meter.role) < 0 ? -1 : 1;
  }
  for (const plan::Layer layer : plan::k_layers) {
    for (const plan::MeterId meter : plan.it[static_cast<std::size_t>(layer)]) {
      configuration.meters[meter].it_category = plan::category_of(layer);
    }
  }
  return configuration;
}

std::vector<std::string> account_names(const plan::Plan& plan) {
  std::vector<std::string> names;
  for (const plan::Meter& meter : plan.meters) names.push_back(clean(meter.name));
  for (const auto* const sum : {"@total", "@it.ups", "@it.pdu", "@it.rack", "@grid", "@co2"}) names.emplace_back(sum);
  return names;
}

std::optional<double> fingerprint_of(const std::string& serial_text) {
  if (serial_text.empty()) return std::nullopt;
  return serial_fingerprint(serial_text);
}

AccountState state_of(const LedgerAccount& account, const std::string& name, const std::string& boot_id,
                      const std::optional<std::string>& serial_text) {
  AccountState state;
  state.name = name;
  state.measured = account.whole[0];
  state.integrated = account.whole[1];
  state.substituted = account.whole[2];
  state.measured_rest = account.rest[0];
  state.integrated_rest = account.rest[1];
  state.substituted_rest = account.rest[2];
  state.recorded_measured = account.recorded[0];
  state.recorded_integrated = account.recorded[1];
  state.recorded_substituted = account.recorded[2];
  state.open_since = account.open_since;
  state.open_covered = account.open_covered;
  state.open_quality = account.open_quality;
  state.register_value = account.register_value;
  state.power = account.power;
  state.highest_power = account.highest_power;
  state.reading_time = account.reading_time;
  state.reading_boottime = account.reading_boottime;
  state.boot_id = boot_id;
  state.resets = account.resets;
  state.rollovers = account.rollovers;
  if (account.serial_number && !serial_text) state.serial = number(*account.serial_number);
  // The device may have told another one since; then it is not known until it is told again.
  if (serial_text && fingerprint_of(*serial_text) == account.serial_number) state.serial = *serial_text;
  return state;
}

LedgerAccount account_of(const AccountState& state, std::uint32_t account) {
  return {.account = account,
          .open_quality = state.open_quality,
          .whole = {state.measured, state.integrated, state.substituted},
          .rest = {state.measured_rest, state.integrated_rest, state.substituted_rest},
          .recorded = {state.recorded_measured, state.recorded_integrated, state.recorded_substituted},
          .open_since = state.open_since,
          .open_covered = state.open_covered,
          .register_value = state.register_value,
          .power = state.power,
          .serial_number = number_in(state.serial),
          .highest_power = state.highest_power,
          .reading_time = state.reading_time,
          .reading_boottime = state.reading_boottime,
          .resets = state.resets,
          .rollovers = state.rollovers};
}

Event event_of(const LedgerEvent& event, const std::string& subject) {
  const Told& told = k_told[static_cast<std::size_t>(event.kind)];
  nlohmann::ordered_json detail{{"from", event.from}, {"to", event.to}};
  const auto written = [&](double value) -> nlohmann::ordered_json {
    // A number that names or counts, and measures nothing.
    const bool whole = event.kind == LedgerEvent::Kind::exchanged || event.kind == LedgerEvent::Kind::lost;
    if (whole && std::abs(value) < 0x1p53) return std::llround(value);
    return value;
  };
  if (!told.before.empty()) detail[std::string{told.before}] = written(event.before);
  if (!told.after.empty()) detail[std::string{told.after}] = written(event.after);
  return {.time = event.time, .kind = std::string{told.kind}, .subject = subject, .detail = detail.dump()};
}

EnergyRow row_of(const LedgerRecord& record, std::int64_t meter) {
  EnergyRow row;
  row.meter = meter;
  row.start = record.start;
  row.length = record.length;
  row.measured = record.energy[0];
  row.integrated = record.energy[1];
  row.substituted = record.energy[2];
  row.covered = record.covered;
  row.quality = record.quality;
  if (record.reading && std::abs(*record.reading) < 9e18) row.reading = std::llround(*record.reading);
  return row;
}

std::vector<Event> changes_between(const Configuration& before, const Configuration& now, UnixMs time) {
  const auto devices_of = [](const Configuration& configuration) {
    std::map<std::string, std::string> meters;  // by device
    for (const MeterRecord& meter : configuration.meters) {
      if (meter.device.empty()) continue;
      std::string& names = meters[meter.device];
      names += (names.empty() ? "" : ", ") + meter.name;
    }
    return meters;
  };
  const auto old_devices = devices_of(before);
  const auto new_devices = devices_of(now);
  std::vector<Event> events;
  const auto tell = [&](std::string_view kind, const std::string& device, const std::string& meters) {
    events.push_back({.time = time,
                      .kind = std::string{kind},
                      .subject = device,
                      .detail = nlohmann::ordered_json{{"meters", meters}}.dump()});
  };
  if (before != now) {
    events.push_back({.time = time, .kind = "configuration", .subject = {}, .detail = difference(before, now).dump()});
  }
  for (const auto& [device, meters] : old_devices) {
    if (!new_devices.contains(device)) tell("device-removed", device, meters);
  }
  for (const auto& [device, meters] : new_devices) {
    if (!old_devices.contains(device)) tell("device-added", device, meters);
  }
  return events;
}

}  // namespace pue::ledger
