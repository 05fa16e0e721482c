#include "config/load.h"

#include <algorithm>
#include <memory>

#include "agent/units/sha256.h"
#include "config/bmc_login.h"
#include "config/fleet.h"
#include "config/report.h"
#include "config/section.h"
#include "config/toml/parse.h"

namespace pue::config {
namespace {

using namespace std::chrono_literals;

void read_power(Section& section, std::string_view key, std::optional<Watts>& target) {
  Located<std::string> text;
  section.text(key, text, 64);
  if (!text.given()) return;
  const auto power = parse_power(text.value);
  if (!power) return section.report(text.at, key, power.error());
  if (power->value() < 1.0 || power->value() > 1e10) return section.report(text.at, key, "expected 1 W to 10 GW");
  target = *power;
}

void read_facility(Section section, FacilitySettings& facility) {
  facility.at = section.place();
  Located<std::string> name;
  section.id("name", name);
  if (name.given()) facility.name = name.value;
  section.text("region", facility.region);
  Located<std::string> timezone;
  section.text("timezone", timezone, 64);
  if (timezone.given()) {
    const bool zone_like = std::all_of(timezone.value.begin(), timezone.value.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
             c == '+' || c == '/';
    });
    if (zone_like && timezone.value.front() != '/') {
      facility.timezone = timezone.value;
    } else {
      section.report(timezone.at, "timezone", "expected a zone of the tz database, e.g. \"Asia/Shanghai\"");
    }
  }
  section.text("grid_zone", facility.grid_zone, 64);
  section.text("standard", facility.standard);
  read_power(section, "design_it_power", facility.design_it_power);
  section.refuse_unknown_keys();
}

void read_url(Section& section, Url& target, Place& at) {
  Located<std::string> text;
  section.text("url", text, 512);
  if (!text.given()) return;
  auto url = parse_url(text.value);
  if (!url) return section.report(text.at, "url", url.error());
  if (url->unit) return section.report(text.at, "url", "expected no unit here: give it to the device as unit = N");
  target = std::move(*url);
  at = text.at;
}

BusSettings read_bus(const std::string& name, Section section) {
  BusSettings bus;
  bus.name = name;
  bus.at = section.place();
  read_url(section, bus.url, bus.url_at);
  section.integer("max_in_flight", bus.max_in_flight, 1, 32);
  section.duration("pause_after_connect", bus.pause_after_connect, 0s, 1min);
  section.duration("pause_between_requests", bus.pause_between_requests, 0s, 10s);
  section.duration("probe_period", bus.probe_period, 1s, 1h);
  section.duration("late_window", bus.late_window, 100ms, 1min);
  section.flag("rs485", bus.rs485);
  section.flag("echo", bus.echo);
  section.duration("silence", bus.silence, 0s, 1s);
  section.refuse_unknown_keys();
  return bus;
}

void read_group_intervals(const toml::table& table, Section section, std::vector<GroupInterval>& target) {
  for (const auto& [key, value] : table) {
    std::optional<Duration> interval;
    section.duration(key.str(), interval, 10ms, 24h);
    if (interval) target.push_back({{std::string(key.str()), place_of(key.source())}, *interval});
  }
}

DeviceSettings read_device(const std::string& name, Section section, Findings& findings) {
  DeviceSettings device;
  device.name = name;
  device.at = section.place();
  section.id("bus", device.bus);
  Url url;
  read_url(section, url, device.url_at);
  if (device.url_at.given()) device.url = std::move(url);
  section.integer("unit", 0, 255,
                  [&](std::int64_t value, Place at) { device.unit = {static_cast<unsigned>(value), at}; });
  section.text("profile", device.profile);
  section.duration("interval", device.interval, 10ms, 24h);
  section.duration("timeout", device.timeout, 10ms, 1min);
  section.flag("allow_draft", device.allow_draft);
  section.texts("points", device.points);
  if (const auto* intervals = section.table("intervals")) {
    read_group_intervals(*intervals, Section(*intervals, section.path_of("intervals"), findings), device.intervals);
  }
  read_bmc_login(section, device.login);
  section.refuse_unknown_keys();
  return device;
}

void read_ct_ratio(Section& section, MeterSettings& meter) {
  const auto* node = section.node("ct_ratio");
  if (node == nullptr) return;
  if (!node->is_string()) {
    Located<double> ratio;
    section.number("ct_ratio", ratio, 0.001, 100'000);
    if (ratio.given()) meter.ct_ratio = ratio.value;
    return;
  }
  const auto ratio = parse_ratio(node->as_string()->get());
  if (!ratio) return section.report(place_of(node->source()), "ct_ratio", ratio.error());
  if (*ratio < 0.001 || *ratio > 100'000) {
    return section.report(place_of(node->source()), "ct_ratio", "expected a ratio of 0.001 to 100000");
  }
  meter.ct_ratio = *ratio;
}

void read_conversion(Section& section, MeterSettings& meter) {
  const auto* node = section.node("conversion");
  if (node == nullptr) return;
  const auto at = place_of(node->source());
  if (!node->is_string()) return section.number("conversion", meter.conversion, 0.0, 1000.0);
  const auto density = parse_energy_density(node->as_string()->get());
  if (!density) return section.report(at, "conversion", density.error());
  if (*density < 0 || *density > 1e12) return section.report(at, "conversion", "expected 0 to 1 TJ/m3");
  meter.conversion_volume = {*density, at};
}

MeterSettings read_meter(Section section) {
  MeterSettings meter;
  meter.at = section.place();
  section.id("name", meter.name);
  section.id("device", meter.device);
  section.text("role", meter.role, 64);
  section.texts("point", meter.point);
  section.text("energy_point", meter.energy_point);
  section.id("upstream", meter.upstream);
  section.id("zone", meter.zone);
  section.text("service", meter.service, 64);
  section.number("share", meter.share, 0.0, 1.0);
  read_ct_ratio(section, meter);
  read_power(section, "max_power", meter.max_power);
  read_conversion(section, meter);
  section.text("class", meter.accuracy_class, 64);
  section.text("ct_class", meter.ct_class, 64);
  section.text("serial", meter.serial, 128);
  if (const auto* until = section.node("calibrated_until"); until != nullptr && until->is_date()) {
    const auto& date = until->as_date()->get();
    const auto two = [](unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    meter.calibrated_until = std::to_string(date.year) + "-" + two(date.month) + "-" + two(date.day);
  } else if (until != nullptr) {
    section.text("calibrated_until", meter.calibrated_until, 64);
  }
  if (!meter.name.given() && section.node("name") == nullptr) section.report(meter.at, "name", "missing");
  if (!meter.role.given() && section.node("role") == nullptr) section.report(meter.at, "role", "missing");
  section.refuse_unknown_keys();
  return meter;
}

void read_grid_factor(const std::string& zone, Section section, std::vector<GridFactorSettings>& target) {
  GridFactorSettings factor{.zone = zone, .factor = {}, .year = 0, .source = {}};
  Located<std::string> text;
  section.text("factor", text, 64);
  section.integer("year", factor.year, 1990, 2200);
  section.text("source", factor.source);
  section.refuse_unknown_keys();
  if (factor.year == 0 && section.node("year") == nullptr) section.report(section.place(), "year", "missing");
  if (factor.source.empty() && section.node("source") == nullptr) section.report(section.place(), "source", "missing");
  if (!text.given()) {
    if (section.node("factor") == nullptr) section.report(section.place(), "factor", "missing");
    return;
  }
  const auto value = parse_emission_factor(text.value);
  if (!value) return section.report(text.at, "factor", value.error());
  if (value->value() < 0 || value->value() * 3600 > 10) {
    return section.report(text.at, "factor", "expected 0 to 10 kg/kWh");
  }
  factor.factor = *value;
  target.push_back(std::move(factor));
}

void read_engine(Section section, Settings& settings) {
  section.duration("tick", settings.tick, 10ms, 10s);
  Located<double> intervals;
  section.number("stale_intervals", intervals, 1.0, 1000.0);
  if (intervals.given()) settings.stale_intervals = intervals.value;
  section.duration("stale_after", settings.stale_after, 100ms, 24h);
  if (intervals.given() && settings.stale_after) {
    section.report(intervals.at, "stale_intervals", "expected either stale_intervals or stale_after, not both");
  }
  section.integer("io_threads", settings.io_threads, 1, 64);
  section.integer("ring_capacity", settings.ring_capacity, 64, 1 << 22);
  section.integer("max_series", settings.max_series, 100, 10'000'000);
  section.refuse_unknown_keys();
}

void read_web(Section section, Settings& settings) {
  std::vector<Located<std::string>> addresses;
  section.texts("listen_addresses", addresses);
  if (!addresses.empty()) settings.listen_addresses.clear();
  for (const auto& address : addresses) {
    if (!is_listen_address(address.value)) {
      section.report(address.at, "listen_addresses",
                     "expected host:port, [ipv6]:port or :port, got '" + address.value + "'");
    }
    settings.listen_addresses.push_back(address.value);
  }
  section.integer("max_connections", settings.max_connections, 1, 65536);
  section.refuse_unknown_keys();
}

void read_ledger(Section section, LedgerSettings& ledger) {
  section.text("path", ledger.path, 1024);
  section.text("key_file", ledger.key_file, 1024);
  section.duration("commit_interval", ledger.commit_interval, 1s, 1min);
  section.duration("record_interval", ledger.record_interval, 1min, 15min);
  const auto& record = ledger.record_interval;
  if (record && *record != 1min && *record != 15min) {
    section.report(place_of(section.node("record_interval")->source()), "record_interval",
                   "expected \"1m\" or \"15m\"");
  }
  if (!ledger.path.empty() && ledger.key_file == ledger.path) {
    section.report(place_of(section.node("key_file")->source()), "key_file", "expected another file than the ledger's");
  }
  const bool without_path = ledger.path.empty() && section.node("path") == nullptr;
  if (without_path) section.report(section.place(), "path", "missing");
  section.refuse_unknown_keys();
}

/// Reads the whole tree, section by section.
class Loader {
 public:
  Loader(const toml::table& root, std::string file) : findings_(std::move(file)), root_(root, "", findings_) {
    settings_.file = findings_.file();
  }

  tl::expected<Settings, std::vector<Problem>> read() {
    one("facility", [&](Section section) { read_facility(std::move(section), settings_.facility); });
    one("defaults", [&](Section section) {
      section.duration("interval", settings_.interval, 10ms, 24h);
      section.duration("timeout", settings_.timeout, 10ms, 1min);
      section.refuse_unknown_keys();
    });
    named("bus", [&](const std::string& name, Section section) {
      settings_.buses.push_back(read_bus(name, std::move(section)));
    });
    named("device", [&](const std::string& name, Section section) {
      settings_.devices.push_back(read_device(name, std::move(section), findings_));
    });
    meters();
    FleetReader fleets{settings_, findings_, std::filesystem::path(findings_.file()).parent_path()};
    read_fleets(fleets);
    one("web", [&](Section section) { read_web(std::move(section), settings_); });
    one("engine", [&](Section section) { read_engine(std::move(section), settings_); });
    one("profiles", [&](Section section) {
      std::string directory;
      section.text("directory", directory, 1024);
      if (!directory.empty()) settings_.profile_directory = resolved(directory);
      section.refuse_unknown_keys();
    });
    named("grid_factors", [&](const std::string& zone, Section section) {
      read_grid_factor(zone, std::move(section), settings_.grid_factors);
    });
    one("ledger", [&](Section section) { read_ledger(std::move(section), settings_.ledger); });
    one("report", [&](Section section) { read_report(std::move(section), settings_.report, findings_); });
    root_.refuse_unknown_keys();
    require();
    by_place(settings_.buses);
    by_place(settings_.devices);
    fleets.write_out();
    if (!findings_.problems().empty()) return tl::unexpected(findings_.take_sorted());
    settings_.warnings = std::move(findings_.warnings());
    return std::move(settings_);
  }

 private:
  template <class Read>
  void one(std::string_view key, Read read) {
    if (const auto* table = root_.table(key)) read(Section(*table, std::string(key), findings_));
  }

  /// The tables of a table, each of which is a name.
  template <class Read>
  void named(std::string_view key, Read read) {
    const auto* table = root_.table(key);
    if (table == nullptr) return;
    for (const auto& [name, value] : *table) {
      const auto path = std::string(key) + "." + quoted_key(name.str());
      if (auto why = why_no_id(name.str())) {
        findings_.add(place_of(name.source()), path, *why);
      } else if (!value.is_table()) {
        findings_.add(place_of(name.source()), path, "expected a table [" + std::string(key) + ".NAME]");
      } else {
        read(std::string(name.str()), Section(*value.as_table(), path, findings_));
      }
    }
  }

  /// In the order of the file, which is not that of the table.
  void read_fleets(FleetReader& fleets) {
    struct Table {
      Place at;
      std::string name;
      std::unique_ptr<Section> section;
    };
    std::vector<Table> tables;
    named("fleet", [&](const std::string& name, Section section) {
      const auto at = section.place();
      tables.push_back({at, name, std::make_unique<Section>(std::move(section))});
    });
    by_place(tables);
    for (auto& table : tables) fleets.read(table.name, std::move(*table.section));
  }

  void meters() {
    const auto* node = root_.node("meter");
    if (node == nullptr) return;
    const auto* list = node->as_array();
    if (list == nullptr) {
      return findings_.add(place_of(node->source()), "meter", "expected [[meter]] with two brackets, once for each");
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto* table = (*list)[i].as_table();
      if (table == nullptr) {
        findings_.add(place_of((*list)[i].source()), "meter", "expected [[meter]] tables");
        continue;
      }
      const auto* name = table->get("name");
      const auto* text = name == nullptr ? nullptr : name->as_string();
      const auto path = "meter." + (text == nullptr ? std::to_string(i + 1) : quoted_key(text->get()));
      settings_.meters.push_back(read_meter(Section(*table, path, findings_)));
    }
  }

  /// What must be there. A device's bus and profile are asked for where they are used.
  void require() {
    for (const auto& bus : settings_.buses) {
      const auto path = "bus." + quoted_key(bus.name);
      if (!bus.url_at.given() && !mentions(path + ".url")) findings_.add(bus.at, path + ".url", "missing");
    }
    for (const auto& device : settings_.devices) {
      const auto path = "device." + quoted_key(device.name);
      if (device.bus.given() && device.url_at.given()) {
        findings_.add(device.url_at, path + ".url", "expected either url or bus, not both");
      } else if (!device.bus.given() && !device.url_at.given() && !mentions(path + ".url") &&
                 !mentions(path + ".bus")) {
        findings_.add(device.at, path + ".bus", "missing: give bus = \"NAME\" or url = \"tcp://host:502\"");
      }
    }
  }

  [[nodiscard]] bool mentions(std::string_view key) {
    return std::any_of(findings_.problems().begin(), findings_.problems().end(),
                       [&](const Problem& problem) { return problem.key == key; });
  }

  [[nodiscard]] std::filesystem::path resolved(const std::string& path) const {
    return std::filesystem::path(findings_.file()).parent_path() / path;
  }

  template <class Items>
  static void by_place(Items& items) {
    std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) {
      return a.at.line != b.at.line ? a.at.line < b.at.line : a.at.column < b.at.column;
    });
  }

  Findings findings_;
  Section root_;
  Settings settings_;
};

}  // namespace

tl::expected<Settings, std::vector<Problem>> load_text(std::string_view text, const std::string& file) {
  const auto root = safe_toml::parse(text);
  if (!root) {
    const auto& error = root.error();
    return tl::unexpected(std::vector<Problem>{{file, {error.line, error.column}, "", error.message}});
  }
  auto settings = Loader(*root, file).read();
  if (settings) settings->sha256 = Sha256::of(text);
  return settings;
}

tl::expected<Settings, std::vector<Problem>> load(const std::filesystem::path& path) {
  const auto text = safe_toml::read_file(path);
  if (!text) return tl::unexpected(std::vector<Problem>{{path.string(), {}, "", text.error().message}});
  return load_text(*text, path.string());
}

}  // namespace pue::config
