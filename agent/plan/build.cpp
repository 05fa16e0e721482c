#include "agent/plan/build.h"

#include "agent/plan/boundary.h"
#include "agent/plan/metering.h"
#include "agent/plan/wiring.h"

namespace pue::plan {

tl::expected<Plan, std::vector<config::Problem>> build(const config::Settings& settings,
                                                       const ProfileSource& find_profile) {
  Plan plan;
  config::Findings findings(settings.file);
  plan.facility = {.name = settings.facility.name,
                   .region = settings.facility.region,
                   .timezone = settings.facility.timezone,
                   .grid_zone = settings.facility.grid_zone.value,
                   .standard = settings.facility.standard,
                   .design_it_power = settings.facility.design_it_power,
                   .grid_factor = {}};
  plan.tick = settings.tick;
  plan.io_threads = settings.io_threads;
  plan.ring_capacity = settings.ring_capacity;
  plan.max_series = settings.max_series;
  plan.web = {.listen_addresses = settings.listen_addresses, .max_connections = settings.max_connections};
  wire(settings, find_profile, plan, findings);
  add_meters(settings, plan, findings);
  draw_boundary(settings, plan, findings);
  if (!findings.problems().empty()) return tl::unexpected(findings.take_sorted());
  plan.warnings = settings.warnings;
  for (auto& warning : findings.warnings()) plan.warnings.push_back(std::move(warning));
  return plan;
}

}  // namespace pue::plan
