#include "agent/commands/load_plan.h"

#include <iostream>

#include "agent/commands/command.h"
#include "agent/commands/sunspec_devices.h"
#include "agent/plan/build.h"
#include "collectors/profiles/library.h"
#include "config/load.h"

namespace pue::commands {
namespace {

void tell(const std::vector<config::Problem>& problems, std::string_view kind) {
  for (const config::Problem& problem : problems) std::cerr << kind << config::describe(problem) << '\n';
}

}  // namespace

tl::expected<plan::Plan, int> load_plan(const std::string& config_file) {
  auto settings = config::load(config_file);
  if (!settings) {
    tell(settings.error(), "");
    return tl::unexpected{k_usage_error};
  }
  const profiles::Library library{settings->profile_directory};
  SunspecDevices sunspec{*settings};
  const auto unreached = sunspec.discover();
  const auto find = [&](const std::string& name,
                        bool allow_draft) -> tl::expected<std::shared_ptr<const profiles::Profile>, std::string> {
    if (auto own = sunspec.find(name)) return own;
    auto profile = library.find(name, allow_draft);
    if (!profile) return tl::unexpected{describe(profile.error())};
    return *profile;
  };
  auto plan = plan::build(*settings, find);
  if (!plan) {
    tell(plan.error(), "");
    return tl::unexpected{k_usage_error};
  }
  plan->warnings.insert(plan->warnings.end(), unreached.begin(), unreached.end());
  tell(plan->warnings, "warning: ");
  return std::move(*plan);
}

}  // namespace pue::commands
