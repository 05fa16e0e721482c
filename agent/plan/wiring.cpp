#include "agent/plan/wiring.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "agent/plan/bmc_addresses.h"
#include "collectors/profiles/ipmi_bmc.h"
#include "config/bmc_login.h"
#include "config/nearest.h"
#include "config/section.h"

namespace pue::plan {
namespace {

using config::describe;
using config::Findings;
using config::quoted_key;

constexpr Duration k_bmc_interval = std::chrono::seconds{10};
constexpr Duration k_least_bmc_interval = std::chrono::seconds{1};
constexpr Duration k_bmc_timeout = std::chrono::seconds{2};

std::string lower(std::string text) {
  for (auto& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// What makes two addresses the same wire.
std::string identity(const config::Url& url) {
  if (const auto* tcp = std::get_if<config::TcpUrl>(&url.address)) {
    return "tcp://" + lower(tcp->host) + ":" + std::to_string(tcp->port);
  }
  if (const auto* serial = std::get_if<config::SerialUrl>(&url.address)) return "rtu://" + serial->path;
  if (const auto* local = std::get_if<config::IpmiLocalUrl>(&url.address)) return "ipmi-local://" + local->path;
  const auto& bmc = std::get<config::IpmiUrl>(url.address);
  return "ipmi://" + lower(bmc.host) + (bmc.port == 623 ? "" : ":" + std::to_string(bmc.port));
}

bool is_bmc(const config::Url& url) {
  return std::holds_alternative<config::IpmiUrl>(url.address) ||
         std::holds_alternative<config::IpmiLocalUrl>(url.address);
}

decltype(Bus::address) address_of(const config::BusSettings& settings) {
  if (const auto* tcp = std::get_if<config::TcpUrl>(&settings.url.address)) return TcpAddress{tcp->host, tcp->port};
  const auto* serial = std::get_if<config::SerialUrl>(&settings.url.address);
  if (serial == nullptr) return TcpAddress{};
  return SerialLine{.path = serial->path,
                    .baud = serial->baud.value_or(9600),
                    .parity = serial->parity.value_or('N'),
                    .stop_bits = serial->stop_bits.value_or(1),
                    .rs485 = settings.rs485,
                    .suppress_echo = settings.echo,
                    .silence = settings.silence};
}

class Wiring {
 public:
  Wiring(const config::Settings& settings, const ProfileSource& find_profile, Plan& plan, Findings& findings)
      : settings_(settings),
        find_profile_(find_profile),
        plan_(plan),
        findings_(findings),
        bmcs_(settings, findings),
        failed_fleets_(settings.fleets.size(), false) {}

  void run() {
    for (const auto& fleet : settings_.fleets) plan_.fleets.push_back(fleet.name);
    plan_.buses.reserve(settings_.devices.size());
    plan_.devices.reserve(settings_.devices.size());
    for (const auto& bus : settings_.buses) add_bus(bus);
    for (const auto& device : settings_.devices) {
      const auto before = findings_.problems().size();
      add_device(device);
      // What is wrong with one of a fleet is wrong with all: once is enough.
      if (device.member && findings_.problems().size() != before) failed_fleets_[device.member->fleet] = true;
    }
    for (auto& bus : plan_.buses) settle_line(bus);
  }

 private:
  void add_bus(const config::BusSettings& settings) {
    const auto key = "bus." + quoted_key(settings.name);
    if (is_bmc(settings.url)) {
      findings_.add(settings.url_at, key + ".url", "a BMC is no bus of several devices: give its url to the device");
    }
    if (std::holds_alternative<config::TcpUrl>(settings.url.address) &&
        (settings.rs485 || settings.echo || settings.silence > Duration{})) {
      findings_.add(settings.at, key, "rs485, echo and silence belong to serial lines (rtu://), this bus is TCP");
    }
    const auto [first, fresh] =
        wires_.emplace(identity(settings.url), Wire{settings.name, settings.url_at, id(), true});
    if (!fresh) {
      findings_.add(settings.url_at, key + ".url",
                    "same address as bus '" + first->second.name + "' at " +
                        describe(findings_.file(), first->second.at) + ": put all devices on one of the two");
    }
    push_bus(settings, address_of(settings));
  }

  [[nodiscard]] BusId id() const { return static_cast<BusId>(plan_.buses.size()); }

  void push_bus(const config::BusSettings& settings, decltype(Bus::address) address) {
    plan_.buses.push_back({.id = id(),
                           .name = settings.name,
                           .address = std::move(address),
                           .max_in_flight = settings.max_in_flight,
                           .pause_after_connect = settings.pause_after_connect,
                           .pause_between_requests = settings.pause_between_requests,
                           .probe_period = settings.probe_period,
                           .late_window = settings.late_window,
                           .devices = {}});
    explicit_lines_.push_back(std::get_if<config::SerialUrl>(&settings.url.address) == nullptr
                                  ? config::SerialUrl{}
                                  : std::get<config::SerialUrl>(settings.url.address));
  }

  std::optional<BusId> bus_of(const config::DeviceSettings& device, const std::string& key) {
    if (device.url) return own_bus(device, key);
    for (std::size_t i = 0; i < settings_.buses.size(); ++i) {
      if (settings_.buses[i].name == device.bus.value) return static_cast<BusId>(i);
    }
    std::vector<std::string> names;
    names.reserve(settings_.buses.size());
    for (const auto& bus : settings_.buses) names.push_back(bus.name);
    findings_.add(device.bus.at, key + ".bus",
                  "no bus '" + device.bus.value + "'" + config::suggestion(device.bus.value, names));
    return std::nullopt;
  }

  /// Devices that give the same url without a [bus] share one.
  std::optional<BusId> own_bus(const config::DeviceSettings& device, const std::string& key) {
    const auto name = identity(*device.url);
    const auto [wire, fresh] = wires_.emplace(name, Wire{name, device.url_at, id(), false});
    if (fresh) {
      config::BusSettings settings;
      settings.name = name;
      settings.url = *device.url;
      push_bus(settings, is_bmc(*device.url) ? bmcs_.address_of(device, key) : address_of(settings));
    } else if (wire->second.named) {
      findings_.add(device.url_at, key + ".url",
                    "same address as bus '" + wire->second.name + "' at " +
                        describe(findings_.file(), wire->second.at) + ": write bus = \"" + wire->second.name +
                        "\" instead");
    }
    return wire->second.bus;
  }

  void add_device(const config::DeviceSettings& settings) {
    const auto key = config::key_of(settings_, settings);
    Device device;
    device.id = static_cast<DeviceId>(plan_.devices.size());
    device.name = settings.name;
    if (settings.member) {
      if (failed_fleets_[settings.member->fleet]) return plan_.devices.push_back(std::move(device));
      const auto& member = *settings.member;
      device.placement = Placement{.fleet = member.fleet, .rack = member.rack, .service = member.service};
    }
    if (settings.url && is_bmc(*settings.url)) return add_bmc(settings, std::move(device), key);
    refuse_login(settings, key);
    device.unit = static_cast<std::uint8_t>(settings.unit.value);
    device.interval = settings.interval.value_or(settings_.interval);
    device.timeout = settings.timeout.value_or(settings_.timeout);
    const auto bus = bus_of(settings, key);
    if (bus) {
      device.bus = *bus;
      plan_.buses[*bus].devices.push_back(device.id);
      check_unit(settings, *bus, key);
    }
    find_profile(settings, device, key);
    if (device.profile != nullptr) {
      if (bus) check_protocol(settings, device, key);
      raise_timeout(settings, device, key);
      add_points(settings_, settings, device, plan_, findings_);
    }
    plan_.devices.push_back(std::move(device));
  }

  /// The only device of its bus, with times of its own: [defaults] are those of meters.
  void add_bmc(const config::DeviceSettings& settings, Device device, const std::string& key) {
    device.interval = settings.interval.value_or(k_bmc_interval);
    device.timeout = settings.timeout.value_or(k_bmc_timeout);
    device.profile = profiles::ipmi_bmc();
    if (const auto bus = own_bus(settings, key)) {
      device.bus = *bus;
      plan_.buses[*bus].devices.push_back(device.id);
    }
    if (settings.interval && *settings.interval < k_least_bmc_interval) {
      findings_.add(settings.at, key + ".interval", "expected at least 1s: BMCs are slow, and some fail under load");
    }
    if (settings.unit.given()) findings_.add(settings.unit.at, key + ".unit", "a BMC has no units");
    if (settings.profile.given() && settings.profile.value != profiles::k_ipmi_bmc_profile) {
      findings_.add(settings.profile.at, key + ".profile", "a BMC has the profile 'ipmi-bmc': leave it out");
    }
    add_points(settings_, settings, device, plan_, findings_);
    plan_.devices.push_back(std::move(device));
  }

  void refuse_login(const config::DeviceSettings& settings, const std::string& key) {
    if (!config::is_given(settings.login)) return;
    findings_.add(settings.at, key,
                  "username, password_file, kg_file, privilege, cipher_suites and quirks belong to ipmi://");
  }

  void check_unit(const config::DeviceSettings& settings, BusId bus, const std::string& key) {
    const auto at = settings.unit.given() ? settings.unit.at : settings.at;
    const bool serial = std::holds_alternative<SerialLine>(plan_.buses[bus].address);
    if (serial && (settings.unit.value == 0 || settings.unit.value > 247)) {
      findings_.add(at, key + ".unit",
                    "expected 1 to 247 on a serial line, got " + std::to_string(settings.unit.value));
    }
    const auto [first, fresh] = units_.try_emplace({bus, settings.unit.value}, settings.name, at);
    if (fresh) return;
    findings_.add(at, key + ".unit",
                  "unit " + std::to_string(settings.unit.value) + " of bus '" + plan_.buses[bus].name +
                      "' belongs to device '" + first->second.first + "' at " +
                      describe(findings_.file(), first->second.second));
  }

  void find_profile(const config::DeviceSettings& settings, Device& device, const std::string& key) {
    if (!settings.profile.given()) {
      return findings_.add(settings.at, key + ".profile", "missing: 'pue-agent profiles' lists the library");
    }
    auto profile = find_profile_(resolved(settings.profile.value), settings.allow_draft);
    if (!profile) return findings_.add(settings.profile.at, key + ".profile", profile.error());
    device.profile = std::move(*profile);
  }

  /// A profile's path counts from the configuration's folder.
  [[nodiscard]] std::string resolved(const std::string& name) const {
    if (name.find('/') == std::string::npos && !name.ends_with(".toml")) return name;
    return (std::filesystem::path(settings_.file).parent_path() / name).string();
  }

  void check_protocol(const config::DeviceSettings& settings, const Device& device, const std::string& key) {
    const auto& offered = device.profile->protocols;
    const bool serial = std::holds_alternative<SerialLine>(plan_.buses[device.bus].address);
    const auto speaks = [&](std::string_view protocol) {
      return std::find(offered.begin(), offered.end(), protocol) != offered.end();
    };
    if (offered.empty() || speaks(serial ? "rtu" : "tcp")) return;
    if (!serial && speaks("rtu")) {
      findings_.warn(settings.profile.at, key + ".profile",
                     "'" + settings.profile.value + "' is a serial device on a TCP bus: right behind a gateway only");
      return;
    }
    findings_.add(settings.profile.at, key + ".profile",
                  "'" + settings.profile.value + "' does not speak Modbus " + (serial ? "RTU" : "TCP") + ", bus '" +
                      plan_.buses[device.bus].name + "' does");
  }

  void raise_timeout(const config::DeviceSettings& settings, Device& device, const std::string& key) {
    const auto& least = device.profile->min_timeout;
    if (!least || device.timeout >= *least) return;
    if (settings.timeout) {
      findings_.warn(
          settings.at, key + ".timeout",
          "this device may need " + describe(Duration{*least}) + " to answer, timeout is " + describe(device.timeout));
      return;
    }
    device.timeout = *least;
  }

  /// A line whose url leaves its parameters open takes those its devices' profiles agree on.
  void settle_line(Bus& bus) {
    auto* line = std::get_if<SerialLine>(&bus.address);
    const auto& given = explicit_lines_[bus.id];
    if (line == nullptr || (given.baud && given.parity && given.stop_bits)) return;
    const Device* first = nullptr;
    for (const auto id : bus.devices) {
      const auto& device = plan_.devices[id];
      if (device.profile == nullptr || !device.profile->serial) continue;
      const auto& serial = *device.profile->serial;
      if (first == nullptr) {
        first = &device;
        if (!given.baud) line->baud = serial.baud;
        if (!given.parity) line->parity = serial.parity;
        if (!given.stop_bits) line->stop_bits = serial.stop_bits;
      } else if ((!given.baud && line->baud != serial.baud) || (!given.parity && line->parity != serial.parity)) {
        findings_.warn(settings_.devices[id].at, "device." + quoted_key(device.name),
                       "leaves the factory with other serial settings than '" + first->name +
                           "' on the same line: set all alike and give baud, parity and stop in the bus's url");
      }
    }
  }

  struct Wire {
    std::string name;
    config::Place at;
    BusId bus;
    bool named;
  };

  const config::Settings& settings_;
  const ProfileSource& find_profile_;
  Plan& plan_;
  Findings& findings_;
  std::map<std::string, Wire> wires_;
  std::map<std::pair<BusId, unsigned>, std::pair<std::string, config::Place>> units_;
  std::vector<config::SerialUrl> explicit_lines_;  ///< by BusId
  BmcAddresses bmcs_;
  std::vector<bool> failed_fleets_;
};

}  // namespace

void wire(const config::Settings& settings, const ProfileSource& find_profile, Plan& plan, Findings& findings) {
  Wiring{settings, find_profile, plan, findings}.run();
}

}  // namespace pue::plan
