#include "config/fleet.h"

#include <algorithm>

#include "config/bmc_login.h"
#include "config/host_range.h"
#include "config/hosts_file.h"

namespace pue::config {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t k_ipmi_port = 623;

std::string lower(std::string text) {
  for (auto& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// host, or host:port where the port is another than usual.
std::string written(const IpmiUrl& url) {
  if (url.port == k_ipmi_port) return url.host;
  const bool ipv6 = url.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
}

/// An IPv6 address in a file of hosts needs no brackets.
std::string with_brackets(const std::string& host) {
  return std::count(host.begin(), host.end(), ':') > 1 && !host.starts_with('[') ? "[" + host + "]" : host;
}

}  // namespace

std::string key_of(const Settings& settings, const DeviceSettings& device) {
  if (device.member) return "fleet." + quoted_key(settings.fleets[device.member->fleet].name);
  return "device." + quoted_key(device.name);
}

void FleetReader::read(const std::string& name, Section section) {
  Template shared;
  shared.fleet = static_cast<std::uint32_t>(settings_.fleets.size());
  settings_.fleets.push_back({name, section.place(), {}});
  auto& device = shared.device;
  device.at = section.place();
  read_bmc_login(section, device.login);
  section.duration("interval", device.interval, 1s, 24h);
  section.duration("timeout", device.timeout, 10ms, 1min);
  section.texts("points", device.points);
  auto& meter = shared.meter;
  meter.at = section.place();
  section.text("role", meter.role, 64);
  section.id("zone", meter.zone);
  section.text("service", meter.service, 64);
  section.id("upstream", meter.upstream);
  if (!meter.role.given() && section.node("role") == nullptr) {
    for (const auto* key : {"zone", "upstream"}) {
      const auto* found = section.node(key);
      if (found != nullptr) section.report(place_of(found->source()), key, "belongs to a meter: give the fleet a role");
    }
  }
  templates_.push_back(std::move(shared));
  const bool has_url = section.node("url") != nullptr;
  const auto* file = section.node("hosts_file");
  if (has_url && file != nullptr) {
    section.report(place_of(file->source()), "hosts_file", "expected either url or hosts_file, not both");
  } else if (has_url) {
    read_url(section, name);
  } else if (file != nullptr) {
    read_hosts_file(section, name);
  } else {
    section.report(section.place(), "url",
                   "missing: give url = \"ipmi://10.2.0.{1-254}\" or hosts_file = \"bmcs.csv\"");
  }
  section.refuse_unknown_keys();
}

void FleetReader::read_url(Section& section, const std::string& fleet) {
  Located<std::string> text;
  section.text("url", text, 512);
  if (!text.given()) return;
  settings_.fleets.back().url_at = text.at;
  constexpr std::string_view scheme = "ipmi://";
  if (!text.value.starts_with(scheme)) {
    return section.report(text.at, "url", "expected ipmi://host[:port] with ranges, e.g. ipmi://10.2.0.{1-254}");
  }
  const auto rest = std::string_view{text.value}.substr(scheme.size());
  const auto hosts = expand_ranges(rest, k_most_hosts);
  if (!hosts) return section.report(text.at, "url", hosts.error());
  const auto before = findings_.problems().size();
  for (const auto& host : *hosts) {
    add_host(fleet, host,
             {.of = templates_.size() - 1,
              .url = {},
              .name = {},
              .rack = {},
              .service = {},
              .file = findings_.file(),
              .at = text.at});
    if (findings_.problems().size() != before) return;  // the others would say the same
  }
}

void FleetReader::read_hosts_file(Section& section, const std::string& fleet) {
  Located<std::string> name;
  section.text("hosts_file", name, 1024);
  if (!name.given()) return;
  settings_.fleets.back().url_at = name.at;
  auto read = read_hosts(folder_ / name.value, k_most_hosts);
  const auto file = (folder_ / name.value).string();
  for (auto& problem : read.problems) {
    if (!problem.at.given()) {
      section.report(name.at, "hosts_file", problem.message);
    } else {
      findings_.add_in(problem.file, problem.at, std::move(problem.key), std::move(problem.message));
    }
  }
  for (auto& warning : read.warnings) findings_.warn_in(warning.file, warning.at, "", std::move(warning.message));
  for (auto& line : read.hosts) {
    add_host(fleet, with_brackets(line.host),
             {.of = templates_.size() - 1,
              .url = {},
              .name = std::move(line.name),
              .rack = std::move(line.rack),
              .service = std::move(line.service),
              .file = file,
              .at = {line.line, 1}});
  }
}

void FleetReader::add_host(const std::string& fleet, const std::string& text, Host host) {
  const auto key = "fleet." + quoted_key(fleet);
  if (hosts_.size() == k_most_in_all) {
    return findings_.add_in(host.file, host.at, key,
                            "all fleets together have more than " + std::to_string(k_most_in_all) + " hosts");
  }
  auto url = parse_url("ipmi://" + text);
  if (!url) return findings_.add_in(host.file, host.at, key, url.error());
  host.url = std::get<IpmiUrl>(std::move(url->address));
  if (host.name.empty()) {
    host.name = fleet + "-" + written(host.url);
    if (const auto why = why_no_id(host.name)) {
      return findings_.add_in(host.file, host.at, key, "device '" + host.name + "': " + *why);
    }
  }
  hosts_.push_back(std::move(host));
}

bool FleetReader::take_name(const std::string& name, const std::string& file, Place at, const std::string& key) {
  const auto [first, fresh] = names_.try_emplace(name, describe(file, at));
  if (!fresh) findings_.add_in(file, at, key, "a device '" + name + "' is at " + first->second);
  return fresh;
}

bool FleetReader::take_bmc(const IpmiUrl& url, const std::string& file, Place at, const std::string& key) {
  const auto [first, fresh] = bmcs_.try_emplace(lower(url.host) + " " + std::to_string(url.port), describe(file, at));
  if (!fresh) findings_.add_in(file, at, key, "the BMC " + written(url) + " is at " + first->second + " already");
  return fresh;
}

void FleetReader::write_out() {
  for (const auto& device : settings_.devices) {
    names_.try_emplace(device.name, describe(findings_.file(), device.at));
    const auto* url = device.url ? std::get_if<IpmiUrl>(&device.url->address) : nullptr;
    if (url != nullptr) (void)take_bmc(*url, findings_.file(), device.url_at, key_of(settings_, device) + ".url");
  }
  settings_.devices.reserve(settings_.devices.size() + hosts_.size());
  for (auto& host : hosts_) {
    const auto& shared = templates_[host.of];
    const auto key = "fleet." + quoted_key(settings_.fleets[shared.fleet].name);
    const bool new_name = take_name(host.name, host.file, host.at, key);
    const bool new_bmc = take_bmc(host.url, host.file, host.at, key);
    if (!new_name || !new_bmc) continue;
    auto& device = settings_.devices.emplace_back(shared.device);
    device.name = std::move(host.name);
    device.url_at = settings_.fleets[shared.fleet].url_at;
    device.url = Url{std::move(host.url), std::nullopt};
    auto service = host.service.empty() ? shared.meter.service.value : host.service;
    if (shared.meter.role.given()) {
      auto& meter = settings_.meters.emplace_back(shared.meter);
      meter.fleet = shared.fleet;
      meter.name = {device.name, shared.meter.role.at};
      meter.device = {device.name, shared.meter.role.at};
      meter.service.value = service;
    }
    device.member = FleetMember{.fleet = shared.fleet, .rack = std::move(host.rack), .service = std::move(service)};
  }
  hosts_.clear();
}

}  // namespace pue::config
