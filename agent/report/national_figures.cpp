#include <algorithm>
#include <array>

#include "agent/kpi/china.h"
#include "agent/kpi/eu_reporting.h"
#include "agent/kpi/ratios.h"
#include "agent/report/figures.h"

namespace pue::report {
namespace {

using plan::Role;

double seconds_of(civil::Span span) { return static_cast<double>(span.length()) / 1000.0; }

/// The year's ratio of electricity; category 1 where it is measured, else the first that is.
Figure rm2(const Gathered& gathered, const Report& report) {
  const int category = first_category(report);
  if (category == 0) return withheld(Reason::no_meter, {"it.ups"});
  if (!report.annual) return withheld(Reason::not_twelve_months);
  const auto& first = report.pue.front();
  if (!first.value.value) return first.value;
  const std::array required{sum::k_total, sum::it(category)};
  const std::array also{sum::of(Role::fuel_gas), sum::of(Role::fuel_diesel), sum::of(Role::cold_purchased)};
  const auto paired = gathered.table().paired(required, report.span.from, report.span.to, also);
  const auto& amounts = paired.amounts;
  return figure(kpi::power_usage_effectiveness(
      joules(amounts[0].whole - amounts[2].whole - amounts[3].whole - amounts[4].whole), joules(amounts[1].whole)));
}

void fill_gb40879(const Gathered& gathered, Report& report) {
  auto& gb = report.gb40879;
  gb.rm2 = rm2(gathered, report);
  gb.rm1 = withheld(Reason::not_configured, {"report.gb40879"});
  if (const auto& configured = report.settings.gb40879) {
    std::array<kpi::OperatingPoint, 5> points;
    for (std::size_t i = 0; i < points.size(); ++i) {
      points[i] = {configured->share[i], configured->total[i], configured->it[i]};
    }
    gb.rm1 = figure(kpi::rm1(points));
  }
  gb.graded_by_rm1 = !gb.rm2.value && gb.rm1.value;
  const auto& decides = gb.graded_by_rm1 ? gb.rm1 : gb.rm2;
  if (decides.value) gb.grade = kpi::gb40879_grade(*decides.value);
  gb.score = gb.rm2.value ? figure(kpi::green_data_centre_score(*gb.rm2.value)) : gb.rm2;

  gb.load_usage_rate = withheld(Reason::not_configured, {"facility.design_it_power"});
  if (report.design_it_watts && *report.design_it_watts > 0.0) {
    const auto pue = std::find_if(report.pue.begin(), report.pue.end(),
                                  [&](const auto& entry) { return entry.category == first_category(report); });
    if (pue == report.pue.end() || !(pue->coverage > 0.0)) {
      gb.load_usage_rate = withheld(Reason::no_common_time);
    } else {
      const double mean = pue->it.value() / (seconds_of(report.span) * pue->coverage);
      gb.load_usage_rate = figure(mean / *report.design_it_watts);
      gb.load_usage_score = kpi::load_usage_score(*gb.load_usage_rate.value);
    }
  }
}

/// Installed IT power over the period: each entry holds until the next.
Figure installed_it(const civil::Zone& zone, Report& report) {
  const auto& entries = report.settings.installed_it;
  std::vector<kpi::InstalledPower> spells;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto from = std::max(zone.start_of(entries[i].from), report.span.from);
    const auto to =
        i + 1 < entries.size() ? std::min(zone.start_of(entries[i + 1].from), report.span.to) : report.span.to;
    if (from < to) spells.push_back({entries[i].power, Seconds{seconds_of({from, to})}});
  }
  if (const auto mean = kpi::time_weighted_power(spells)) return figure(mean->value());
  if (report.design_it_watts) {
    report.eu.installed_it_is_design = true;
    return figure(report.design_it_watts);
  }
  return withheld(Reason::not_configured, {"report.installed_it"});
}

/// The sum over all days; each day's mean over its covered quarter-hours, half of them at least.
Figure cooling_degree_days(const Gathered& gathered, const Report& report) {
  constexpr double slot_seconds = static_cast<double>(ledger::SlotTable::k_slot_ms) / 1000.0;
  const auto thermometers =
      gathered.meters([](const auto& meter) { return plan::role_from(meter.role) == Role::weather_dry_bulb; });
  if (thermometers.empty()) return withheld(Reason::no_meter, {"weather.dry_bulb"});
  const std::array sums{sum::of(Role::weather_dry_bulb)};
  double degrees = 0.0;
  std::int64_t known = 0;
  for (const auto& day : report.days) {
    const auto paired = gathered.table().paired(sums, day.from, day.to);
    if (paired.coverage() < 0.5) continue;
    ++known;
    const double covered =
        static_cast<double>(paired.counted) * slot_seconds * static_cast<double>(thermometers.size());
    degrees += kpi::cooling_degrees(Celsius{static_cast<double>(paired.amounts[0].whole) / covered});
  }
  if (known < static_cast<std::int64_t>(report.days.size())) {
    std::vector<std::string> names;
    for (const auto* meter : thermometers) names.push_back(meter->name);
    return withheld(Reason::coverage, std::move(names),
                    static_cast<double>(known) / static_cast<double>(report.days.size()));
  }
  return figure(degrees);
}

/// A recorded sum, or that nobody measures it.
Figure recorded(const Gathered& gathered, Role role, double factor) {
  if (!gathered.has(role)) return withheld(Reason::no_meter, {std::string(plan::name_of(role))});
  return of_covered(gathered, sum::of(role), static_cast<double>(gathered.recorded(role)) * factor);
}

/// What generators gave, or their diesel: whichever of the two counts in the total.
Figure backup(const Gathered& gathered) {
  const auto counted = gathered.meters([](const auto& meter) {
    const auto role = plan::role_from(meter.role);
    return meter.total_sign != 0 && (role == Role::generator || role == Role::fuel_diesel);
  });
  if (counted.empty()) return withheld(Reason::no_meter, {"generator"});
  Joules energy;
  for (const auto* meter : counted) energy += joules(meter->whole);
  return of_covered(gathered, sum::k_total, energy.value());
}

void fill_eu(const Gathered& gathered, const civil::Zone& zone, Report& report) {
  auto& eu = report.eu;
  eu.installed_it = installed_it(zone, report);
  const bool any = !gathered.meters([](const auto& meter) { return meter.total_sign != 0; }).empty();
  eu.total = any ? of_covered(gathered, sum::k_total, report.total.value()) : withheld(Reason::no_meter, {"grid"});
  eu.it = report.it_measured[0] ? of_covered(gathered, sum::it(1), report.it[0].value())
                                : withheld(Reason::no_meter, {"it.ups"});
  eu.backup = backup(gathered);
  eu.water = recorded(gathered, Role::water, k_cubic_meters_per_milliliter);
  eu.reuse = recorded(gathered, Role::heat_reused, 1.0);
  if (!eu.reuse.value && certified(report, "reuse") > Joules{}) eu.reuse = figure(certified(report, "reuse").value());
  eu.guarantees = certified(report, "goo") + certified(report, "gec");
  eu.purchase_agreements = certified(report, "ppa");
  const auto made = gathered.recorded(Role::onsite_solar) + gathered.recorded(Role::onsite_wind);
  eu.on_site = joules(std::max<std::int64_t>(made - gathered.recorded(Role::exported), 0));
  eu.cooling_degree_days = cooling_degree_days(gathered, report);
}

}  // namespace

void fill_national(const Gathered& gathered, const civil::Zone& zone, Report& report) {
  fill_gb40879(gathered, report);
  fill_eu(gathered, zone, report);
}

}  // namespace pue::report
