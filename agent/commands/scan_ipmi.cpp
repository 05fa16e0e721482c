#include "agent/commands/scan_ipmi.h"

#include <fmt/format.h>
#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/commands/bmc_target.h"
#include "agent/commands/command.h"
#include "agent/commands/text_table.h"
#include "collectors/ipmi/device_id.h"
#include "collectors/ipmi/open_bmc.h"
#include "config/host_range.h"
#include "config/network_range.h"
#include "config/quantities.h"
#include "config/url.h"

namespace pue::commands {
namespace {

constexpr std::size_t k_most_hosts = 1024;
constexpr std::size_t k_at_once = 32;

int fail(int exit_code, const std::string& message) {
  std::cerr << "pue-agent: " << message << '\n';
  return exit_code;
}

/// What one host said.
struct Found {
  std::string host;
  PollFailure failure = PollFailure::none;
  bool ipmi_2 = false;
  bool needs_kg = false;
  bool takes_anybody = false;  ///< accounts without a name are enabled
  std::optional<ipmi::DeviceIdentity> identity;
  PollFailure login = PollFailure::none;  ///< why the user could not log in
};

/// Get Channel Authentication Capabilities (IPMI 2.0, 22.13).
void take_capabilities(const ipmi::Answer& answer, Found& found) {
  const auto data = answer.data();
  if (!answer.ok() || data.size() < 4) return;
  found.needs_kg = (data[2] & 0x20U) != 0;
  found.takes_anybody = (data[2] & 0x03U) != 0;
  found.ipmi_2 = (data[1] & 0x80U) != 0 && (data[3] & 0x02U) != 0;
}

/// What the hosts have in common.
struct Scan {
  std::vector<Found> found;
  std::vector<config::IpmiUrl> places;
  std::optional<plan::BmcAddress> login;
  Duration timeout{};
  std::size_t next = 0;
  asio::io_context context{1};
  ipmi::Crypto crypto;
  CollectorStats stats;
};

ipmi::Task<void> ask(Scan& scan, std::size_t index) {
  auto& found = scan.found[index];
  auto address = scan.login.value_or(plan::BmcAddress{});
  address.host = scan.places[index].host;
  address.port = scan.places[index].port;
  ipmi::LanSession session{scan.context, scan.crypto, scan.stats, ipmi::lan_options(address, scan.timeout)};
  const auto capabilities = co_await session.ask_before_session(ipmi::get_channel_authentication_capabilities(2));
  if (!capabilities) {
    found.failure = capabilities.error();
    co_return;
  }
  take_capabilities(*capabilities, found);
  if (!scan.login) co_return;
  const auto identity = co_await session.ask(ipmi::get_device_id());
  if (!identity) found.login = identity.error();
  if (identity && identity->ok()) found.identity = ipmi::parse_device_id(identity->data());
  co_await session.close();
}

/// Takes hosts until there are none left.
ipmi::Task<void> work(Scan& scan) {
  while (scan.next < scan.found.size()) co_await ask(scan, scan.next++);
}

std::string remark_on(const Found& found) {
  if (found.login != PollFailure::none) return std::string{describe(found.login)};
  std::string remark;
  if (found.needs_kg) remark = "wants a key K_g";
  if (found.takes_anybody)
    remark += std::string{remark.empty() ? "" : "; "} + "lets in users without a name: switch that off";
  return remark;
}

std::string as_table(const std::vector<Found>& all) {
  using Side = TextTable::Side;
  TextTable table{{{"host", Side::left},
                   {"speaks", Side::left},
                   {"manufacturer", Side::right},
                   {"product", Side::right},
                   {"remark", Side::left}}};
  for (const auto& found : all) {
    if (found.failure != PollFailure::none) continue;
    const auto& identity = found.identity;
    table.add({found.host, found.ipmi_2 ? "IPMI 2.0" : "IPMI 1.5 only",
               identity ? std::to_string(identity->manufacturer) : "",
               identity ? fmt::format("0x{:04X}", identity->product) : "", remark_on(found)});
  }
  return table.text();
}

std::string as_json(const std::vector<Found>& all) {
  using Json = nlohmann::ordered_json;
  auto hosts = Json::array();
  for (const auto& found : all) {
    const auto& identity = found.identity;
    hosts.push_back({{"host", found.host},
                     {"answer", found.failure == PollFailure::none ? Json("yes") : Json(name_of(found.failure))},
                     {"ipmi_2", found.ipmi_2},
                     {"needs_kg", found.needs_kg},
                     {"anonymous", found.takes_anybody},
                     {"login", name_of(found.login)},
                     {"manufacturer", identity ? Json(identity->manufacturer) : Json(nullptr)},
                     {"product", identity ? Json(identity->product) : Json(nullptr)}});
  }
  return Json{{"hosts", std::move(hosts)}}.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

/// @return what is wrong with the hosts, if anything.
std::string take_hosts(const std::vector<std::string>& given, Scan& scan) {
  for (const auto& text : given) {
    const auto expanded = config::is_network(text) ? config::expand_network(text, k_most_hosts)
                                                   : config::expand_ranges(text, k_most_hosts);
    if (!expanded) return text + ": " + expanded.error();
    for (const auto& host : *expanded) {
      auto url = config::parse_url("ipmi://" + host);
      if (!url) return host + ": " + url.error();
      if (scan.found.size() == k_most_hosts) return fmt::format("more than {} hosts", k_most_hosts);
      scan.places.push_back(std::get<config::IpmiUrl>(url->address));
      scan.found.push_back({.host = host, .identity = {}});
    }
  }
  return {};
}

}  // namespace

int scan_ipmi(const ScanIpmiCommand& command) {
  Scan scan;
  if (const auto wrong = take_hosts(command.hosts, scan); !wrong.empty()) return fail(k_usage_error, wrong);
  const auto timeout = config::parse_duration(command.timeout);
  if (!timeout || *timeout <= Duration::zero()) return fail(k_usage_error, "--timeout: expected e.g. 1s");
  scan.timeout = *timeout;
  if (command.user.empty() != command.password_file.empty()) {
    return fail(k_usage_error, "--user and --password-file go together");
  }
  if (!command.user.empty()) {
    auto login = bmc_login(command.user, command.password_file, command.suite, command.quirks);
    if (!login) return fail(k_usage_error, login.error());
    scan.login = std::move(*login);
  }
  for (std::size_t i = 0; i < std::min(k_at_once, scan.found.size()); ++i) {
    asio::co_spawn(scan.context, work(scan), asio::detached);
  }
  scan.context.run();

  std::size_t answering = 0;
  for (const auto& found : scan.found) answering += found.failure == PollFailure::none ? 1 : 0;
  if (command.output == "json") {
    std::cout << as_json(scan.found);
  } else if (answering > 0) {
    std::cout << as_table(scan.found);
  }
  std::cout.flush();
  std::cerr << scan.found.size() << " hosts asked, " << answering << " answer\n";
  return answering > 0 ? k_good : k_runtime_failure;
}

}  // namespace pue::commands
