#include "agent/commands/load_plan.h"

#include <iostream>

#include "agent/commands/command.h"
#include "agent/commands/sunspec_devices.h"
#include "agent/plan/build.h"
#include "collectors/profiles/library.h"
#include "config/load.h"

namespace pue::commands {

void tell(const std::vector<config::Problem>& problems, std::string_view kind) {
  for (const config::Problem& problem : problems) std::cerr << kind << config::describe(problem) << '\n';
}

tl::expected<plan::Plan, int> PlanLoader::load(Ask ask) {
  auto settings = config::load(config_file_);
  if (!settings) {
    tell(settings.error());
    return tl::unexpected{k_usage_error};
  }
  const profiles::Library library{settings->profile_directory};
  SunspecDevices sunspec{*settings, known_};
  const auto unreached = ask == Ask::unknown ? sunspec.discover() : std::vector<config::Problem>{};
  const auto find = [&](const std::string& name,
                        bool allow_draft) -> tl::expected<std::shared_ptr<const profiles::Profile>, std::string> {
    if (auto own = sunspec.find(name)) return own;
    auto profile = library.find(name, allow_draft);
    if (!profile) return tl::unexpected{describe(profile.error())};
    return *profile;
  };
  auto plan = plan::build(*settings, find);
  if (!plan) {
    tell(plan.error());
    return tl::unexpected{k_usage_error};
  }
  plan->warnings.insert(plan->warnings.end(), unreached.begin(), unreached.end());
  tell(plan->warnings, "warning: ");
  if (ask == Ask::unknown) known_ = sunspec.known();
  lacks_registers_ = !sunspec.complete();
  return std::move(*plan);
}

bool PlanLoader::ask_again() {
  auto settings = config::load(config_file_);
  if (!settings) return false;
  SunspecDevices sunspec{*settings, known_};
  (void)sunspec.discover(SunspecDevices::Ask::apart);
  auto known = sunspec.known();
  const bool more = known.size() > known_.size();
  if (more) known_ = std::move(known);
  return more;
}

tl::expected<plan::Plan, int> load_plan(const std::string& config_file) {
  return PlanLoader{config_file}.load(PlanLoader::Ask::unknown);
}

}  // namespace pue::commands
