#include <algorithm>
#include <cmath>
#include <future>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "agent/commands/check_probe.h"
#include "agent/commands/check_report.h"
#include "agent/commands/command.h"
#include "agent/commands/probe_bmcs.h"
#include "agent/commands/sunspec_devices.h"
#include "agent/plan/build.h"
#include "collectors/profiles/library.h"
#include "config/load.h"

namespace pue::commands {
namespace {

/// Time between the two looks at powers and registers: 100 kW count 139 Wh in it.
constexpr Duration k_probe_apart = std::chrono::seconds{5};

struct CheckOptions {
  std::string config_file;
  std::string output = "table";
  bool probe = false;
};

/// @param ask lets devices configured as "sunspec" say what they have; without, nothing touches a bus.
tl::expected<plan::Plan, std::vector<config::Problem>> plan_of(const std::string& file, bool ask) {
  auto settings = config::load(file);
  if (!settings) return tl::unexpected(settings.error());
  const profiles::Library library{settings->profile_directory};
  SunspecDevices sunspec{*settings};
  const auto unreached = ask ? sunspec.discover() : std::vector<config::Problem>{};
  auto plan =
      plan::build(*settings,
                  [&](const std::string& name,
                      bool allow_draft) -> tl::expected<std::shared_ptr<const profiles::Profile>, std::string> {
                    if (auto own = sunspec.find(name)) return own;
                    return library.find(name, allow_draft).map_error([](const auto& error) { return describe(error); });
                  });
  if (plan) plan->warnings.insert(plan->warnings.end(), unreached.begin(), unreached.end());
  return plan;
}

void warn_of_busy_lines(plan::Plan& plan, const std::string& file, const std::vector<BusLoad>& buses) {
  for (const auto& bus : buses) {
    if (bus.occupancy.value_or(0.0) <= 0.8) continue;
    plan.warnings.push_back({file,
                             {},
                             "bus." + bus.name,
                             "the line would be busy " + std::to_string(std::lround(*bus.occupancy * 100)) +
                                 " % of the time: raise baud or intervals, or restrict points"});
  }
}

int check(const CheckOptions& options) {
  const bool json = options.output == "json";
  auto plan = plan_of(options.config_file, options.probe);
  if (!plan) {
    for (const auto& problem : plan.error()) std::cerr << describe(problem) << '\n';
    if (json) std::cout << as_json(plan.error());
    return k_usage_error;
  }
  auto buses = poll_plan(*plan);
  warn_of_busy_lines(*plan, options.config_file, buses);
  for (const auto& warning : plan->warnings) std::cerr << "warning: " << describe(warning) << '\n';
  CheckReport report{.plan = *plan, .buses = std::move(buses), .series = plan::series_budget(*plan), .findings = {}};
  if (options.probe) {
    auto bmcs = std::async(std::launch::async, [&plan] { return probe_bmcs(*plan); });
    auto result = probe(*plan, k_probe_apart);
    auto servers = bmcs.get();
    report.probed = true;
    report.probed_points = result.good_points + servers.good_points;
    report.findings = std::move(result.findings);
    std::move(servers.findings.begin(), servers.findings.end(), std::back_inserter(report.findings));
  }
  std::cout << (json ? as_json(report) : as_text(report));
  return report.findings.empty() ? k_good : k_findings;
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CheckOptions>();
  auto* command = app.add_subcommand("check", "Show what a configuration means: boundary, formula, poll plan");
  command->add_option("--config.file", options->config_file, "Configuration file")->required();
  command->add_option("--output", options->output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->add_flag("--probe", options->probe, "Read every configured point once and show what looks misread");
  command->callback([options, &exit_code] { exit_code = check(*options); });
}

}  // namespace pue::commands
