#include "agent/plan/build.h"

#include "agent/civil/zone.h"
#include "agent/plan/boundary.h"
#include "agent/plan/grid_factors.h"
#include "agent/plan/ledger_files.h"
#include "agent/plan/metering.h"
#include "agent/plan/series_budget.h"
#include "agent/plan/wiring.h"
#include "config/nearest.h"
#include "config/section.h"

namespace pue::plan {
namespace {

void choose_grid_factor(const config::Settings& settings, Plan& plan, config::Findings& findings) {
  const auto& zone = settings.facility.grid_zone;
  if (!zone.given()) return;
  plan.facility.grid_factor = find_grid_factor(zone.value, settings.grid_factors);
  const auto& factor = plan.facility.grid_factor;
  if (!factor) {
    findings.warn(zone.at, "facility.grid_zone",
                  "no emission factor for '" + zone.value + "'" + config::suggestion(zone.value, known_grid_zones()) +
                      ", so there is no carbon; a [grid_factors] table can give one");
  } else if (factor->estimated) {
    findings.warn(zone.at, "facility.grid_zone", "estimated factor: " + factor->source);
  }
}

void check_series(const config::Settings& settings, const Plan& plan, config::Findings& findings) {
  const auto budget = series_budget(plan);
  if (budget.total() <= settings.max_series) return;
  findings.add({}, "engine.max_series",
               "about " + std::to_string(budget.total()) + " series (" + std::to_string(budget.points) + " points of " +
                   std::to_string(plan.devices.size()) + " devices), allowed are " +
                   std::to_string(settings.max_series) + ": restrict devices with points = [...], or raise max_series");
}

void check_timezone(const config::Settings& settings, config::Findings& findings) {
  const auto zone = civil::Zone::find(settings.facility.timezone);
  if (!zone) findings.add(settings.facility.at, "facility.timezone", zone.error());
}

/// Figures of this moment never have a value of a meter without a device.
void warn_of_import_alone(const config::Settings& settings, Plan& plan, config::Findings& findings) {
  const auto required = required_meters(plan);
  for (const auto& meter : plan.meters) {
    if (meter.device || !required[meter.id]) continue;
    findings.warn(settings.meters[meter.id].at, "meter." + config::quoted_key(meter.name) + ".device",
                  "without a device the meter is fed by import alone: live figures that need it are withheld");
  }
}

}  // namespace

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
  plan.config_sha256 = settings.sha256;
  plan.ledger = ledger_of(settings);
  plan.web = {.listen_addresses = settings.listen_addresses, .max_connections = settings.max_connections};
  check_timezone(settings, findings);
  wire(settings, find_profile, plan, findings);
  add_meters(settings, plan, findings);
  draw_boundary(settings, plan, findings);
  choose_grid_factor(settings, plan, findings);
  warn_of_import_alone(settings, plan, findings);
  check_series(settings, plan, findings);
  if (!findings.problems().empty()) return tl::unexpected(findings.take_sorted());
  plan.points.shrink_to_fit();  // there may be hundreds of thousands
  plan.warnings = settings.warnings;
  for (auto& warning : findings.warnings()) plan.warnings.push_back(std::move(warning));
  return plan;
}

}  // namespace pue::plan
