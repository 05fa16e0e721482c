#include "agent/commands/sunspec_devices.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "collectors/modbus/sunspec.h"

namespace pue::commands {
namespace {

using Profile = profiles::Profile;

std::unique_ptr<modbus::Reader> open_bus(const config::Url& url, const config::BusSettings* bus, Duration timeout) {
  if (const auto* tcp = std::get_if<config::TcpUrl>(&url.address)) {
    return modbus::open_tcp({.host = tcp->host, .port = tcp->port}, timeout);
  }
  const auto* line = std::get_if<config::SerialUrl>(&url.address);
  if (line == nullptr) return nullptr;
  plan::SerialLine serial{.path = line->path,
                          .baud = line->baud.value_or(9600),
                          .parity = line->parity.value_or('N'),
                          .stop_bits = line->stop_bits.value_or(1)};
  if (bus != nullptr) {
    serial.rs485 = bus->rs485;
    serial.suppress_echo = bus->echo;
    serial.silence = bus->silence;
  }
  return modbus::open_rtu(serial, timeout);
}

/// One bus and the SunSpec devices on it. Its thread alone touches it while it runs.
struct Line {
  const config::Url* url = nullptr;
  const config::BusSettings* bus = nullptr;
  std::vector<const config::DeviceSettings*> devices;
  std::map<std::string, std::shared_ptr<const Profile>> found;  ///< by profile name
  std::vector<config::Problem> warnings;

  void ask(const config::Settings& settings, const SunspecDevices::OpenBus& open) {
    for (const auto* device : devices) {
      const auto reader = open(*url, bus, device->timeout.value_or(settings.timeout));
      if (reader == nullptr) continue;  // no Modbus: the plan says so
      auto answer = modbus::discover_sunspec(*reader, static_cast<std::uint8_t>(device->unit.value));
      if (answer) {
        found[device->profile.value] = std::make_shared<const Profile>(std::move(answer->profile));
        continue;
      }
      warnings.push_back({settings.file, device->profile.at, "device." + device->name,
                          "SunSpec: " + answer.error().message + "; its readings are missing until it answers"});
    }
  }
};

const config::BusSettings* bus_of(const config::Settings& settings, const config::DeviceSettings& device) {
  for (const auto& bus : settings.buses) {
    if (bus.name == device.bus.value) return &bus;
  }
  return nullptr;
}

/// Where the device is found, unit included; empty where it speaks no Modbus.
std::string address_of(const config::Settings& settings, const config::DeviceSettings& device) {
  const auto* bus = device.url ? nullptr : bus_of(settings, device);
  if (!device.url && bus == nullptr) return {};
  const auto& url = bus != nullptr ? bus->url : *device.url;
  const std::string unit = "/" + std::to_string(device.unit.value);
  if (const auto* tcp = std::get_if<config::TcpUrl>(&url.address)) {
    return tcp->host + ":" + std::to_string(tcp->port) + unit;
  }
  const auto* line = std::get_if<config::SerialUrl>(&url.address);
  return line == nullptr ? std::string{} : line->path + unit;
}

}  // namespace

SunspecDevices::SunspecDevices(config::Settings& settings, const Known& known) : settings_(settings) {
  for (std::size_t i = 0; i < settings.devices.size(); ++i) {
    auto& name = settings.devices[i].profile.value;
    if (name != modbus::k_sunspec_profile) continue;
    if (!unreached_) unreached_ = std::make_shared<const Profile>(modbus::unreached_sunspec());
    name += ":" + std::to_string(i);
    const auto found = known.find(address_of(settings, settings.devices[i]));
    profiles_[name] = found == known.end() ? unreached_ : found->second;
  }
}

bool SunspecDevices::is_known(const std::string& profile) const {
  const auto found = profiles_.find(profile);
  return found != profiles_.end() && found->second != unreached_;
}

bool SunspecDevices::complete() const {
  return std::ranges::none_of(profiles_, [&](const auto& entry) { return entry.second == unreached_; });
}

SunspecDevices::Known SunspecDevices::known() const {
  Known known;
  for (const auto& device : settings_.devices) {
    if (is_known(device.profile.value)) known[address_of(settings_, device)] = profiles_.at(device.profile.value);
  }
  return known;
}

std::vector<config::Problem> SunspecDevices::discover(Ask which) { return discover(open_bus, which); }

std::vector<config::Problem> SunspecDevices::discover(const OpenBus& open, Ask which) {
  std::map<const void*, Line> lines;  // devices with an address of their own are a line each
  for (const auto& device : settings_.devices) {
    if (!profiles_.contains(device.profile.value) || is_known(device.profile.value) || device.unit.value > 255)
      continue;
    if (which == Ask::apart && !device.url) continue;
    const auto* bus = device.url ? nullptr : bus_of(settings_, device);
    if (!device.url && bus == nullptr) continue;  // the plan says so
    Line& line = lines[bus != nullptr ? static_cast<const void*>(bus) : &device];
    line.url = bus != nullptr ? &bus->url : &*device.url;
    line.bus = bus;
    line.devices.push_back(&device);
  }
  std::vector<std::thread> threads;
  threads.reserve(lines.size());
  for (auto& entry : lines) {
    threads.emplace_back([this, &open, line = &entry.second] { line->ask(settings_, open); });
  }
  for (auto& thread : threads) thread.join();

  std::vector<config::Problem> warnings;
  for (auto& [key, line] : lines) {
    for (auto& [name, profile] : line.found) profiles_[name] = std::move(profile);
    warnings.insert(warnings.end(), line.warnings.begin(), line.warnings.end());
  }
  return warnings;
}

std::shared_ptr<const Profile> SunspecDevices::find(std::string_view name) const {
  const auto found = profiles_.find(name);
  return found == profiles_.end() ? nullptr : found->second;
}

}  // namespace pue::commands
