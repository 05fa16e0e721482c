#include "plant/scenario.h"

#include <algorithm>

#include "config/toml/parse.h"

namespace pue::plant {
namespace {

using Failure = tl::unexpected<std::string>;

Failure refuse(const std::string& file, const toml::node& node, const std::string& message) {
  return Failure{file + ":" + std::to_string(node.source().begin.line) + ": " + message};
}

tl::expected<ScheduledFault, std::string> read_fault(const toml::table& table, const std::string& file) {
  ScheduledFault fault{.duration = Seconds{60.0}};
  for (const auto& [key, node] : table) {
    const std::string name{key.str()};
    if (name == "device" || name == "kind") {
      const auto text = node.value<std::string>();
      if (!text) return refuse(file, node, name + ": expected a text");
      if (name == "device") fault.device = *text;
      if (name == "kind") {
        fault.kind = fault_from(*text);
        fault.bmc_kind = ipmi::bmc_fault_from(*text);
        if (!fault.kind && !fault.bmc_kind) return refuse(file, node, "no fault '" + *text + "'");
      }
      continue;
    }
    const auto number = node.value<double>();
    if (name != "at" && name != "for" && name != "value") return refuse(file, node, "unknown key " + name);
    if (!number || !(*number >= 0.0) || *number > 1e7) return refuse(file, node, name + ": expected 0 to 10000000");
    if (name == "at") fault.at = Seconds{*number};
    if (name == "for") fault.duration = Seconds{*number};
    if (name == "value") fault.value = *number;
  }
  if (fault.device.empty() || (!fault.kind && !fault.bmc_kind)) {
    return refuse(file, table, "a fault needs device and kind");
  }
  return fault;
}

}  // namespace

tl::expected<std::vector<ScheduledFault>, std::string> read_scenario(std::string_view text, const std::string& file) {
  const auto root = safe_toml::parse(text);
  if (!root) return Failure{file + ":" + std::to_string(root.error().line) + ": " + root.error().message};
  std::vector<ScheduledFault> faults;
  for (const auto& [key, node] : *root) {
    const auto* list = node.as_array();
    if (key.str() != "fault" || list == nullptr) return refuse(file, node, "expected [[fault]] tables alone");
    for (const auto& item : *list) {
      if (!item.is_table()) return refuse(file, item, "expected [[fault]] tables alone");
      auto fault = read_fault(*item.as_table(), file);
      if (!fault) return Failure{fault.error()};
      faults.push_back(std::move(*fault));
    }
  }
  std::stable_sort(faults.begin(), faults.end(),
                   [](const ScheduledFault& a, const ScheduledFault& b) { return a.at < b.at; });
  return faults;
}

tl::expected<std::vector<ScheduledFault>, std::string> load_scenario(const std::filesystem::path& file) {
  const auto text = safe_toml::read_file(file);
  if (!text) return Failure{file.string() + ": " + text.error().message};
  return read_scenario(*text, file.string());
}

}  // namespace pue::plant
