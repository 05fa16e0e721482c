#include <algorithm>
#include <array>
#include <functional>

#include "agent/kpi/ratios.h"
#include "agent/kpi/source_weights.h"
#include "agent/kpi/uncertainty.h"
#include "agent/report/figures.h"

namespace pue::report {
namespace {

using ledger::SlotTable;
using plan::Role;

constexpr std::array k_not_electric{sum::of(Role::fuel_gas), sum::of(Role::fuel_diesel), sum::of(Role::cold_purchased)};

/// The sums that a category's PUE needs covered.
std::vector<std::size_t> required_sums(int category, const Report& report) {
  std::vector<std::size_t> sums{sum::k_total, sum::it(category)};
  const bool upgrade = report.request.view == View::de && !report.settings.waste_heat_upgrade.empty();
  if (upgrade) sums.push_back(sum::k_upgrade);
  return sums;
}

bool is_required(const ledger::MeterRecord& meter, int category) {
  return meter.total_sign != 0 || meter.it_category == category;
}

/// The total as the view takes it.
/// @param amounts over the same quarter-hours: total, IT, upgrade where the view needs it; then k_not_electric.
Joules total_of(const std::vector<SlotTable::Amount>& amounts, const Gathered& gathered, const Report& report) {
  const auto total = joules(amounts[0].whole);
  const auto* others = &amounts[amounts.size() - k_not_electric.size()];
  const kpi::EnergyByType energy{.electricity = total - joules(others[0].whole + others[1].whole + others[2].whole),
                                 .gas = joules(others[0].whole),
                                 .diesel = joules(others[1].whole),
                                 .cold = joules(others[2].whole)};
  switch (report.request.view) {
    case View::en:
    case View::eu:
      return total;
    case View::de:
      return report.settings.waste_heat_upgrade.empty()
                 ? total
                 : kpi::without_waste_heat_upgrade(total, joules(amounts[2].whole));
    case View::cn:
      return energy.electricity;
    case View::tgg:
      break;
  }
  auto as_came = energy;
  if (const auto converted = gathered.recorded(Role::cold_purchased); converted != 0) {
    as_came.cold = energy.cold * (gathered.unconverted(Role::cold_purchased) / static_cast<double>(converted));
  }
  const auto& weights = report.settings.source_weights;
  return kpi::weighted(as_came, {weights.electricity, weights.gas, weights.diesel, weights.cold});
}

double share_of(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

PueFigure pue_over(civil::Span span, int category, const Gathered& gathered, const Report& report) {
  const auto paired = gathered.table().paired(required_sums(category, report), span.from, span.to, k_not_electric);
  PueFigure result;
  result.category = category;
  result.coverage = paired.coverage();
  result.spread_over_edge = gathered.reaching_over(span, category);
  result.longest_gap_hours = static_cast<double>(paired.longest_gap) / 4.0;
  result.total = total_of(paired.amounts, gathered, report);
  result.it = joules(paired.amounts[1].whole);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& amount = paired.amounts[i];
    result.estimated_share = std::max(result.estimated_share, share_of(amount.substituted, amount.whole));
    result.integrated_share = std::max(result.integrated_share, share_of(amount.integrated, amount.whole));
  }
  if (paired.counted == 0) {
    result.value = withheld(Reason::no_common_time);
    return result;
  }
  result.value = figure(kpi::power_usage_effectiveness(result.total, result.it));
  result.implausible = result.value.value && *result.value.value < 1.0;
  return result;
}

std::vector<std::string> names_of(const std::vector<const MeterReport*>& meters) {
  std::vector<std::string> names;
  names.reserve(meters.size());
  for (const auto* meter : meters) names.push_back(meter->name);
  return names;
}

/// What the whole period's figure must fulfil beyond being computable.
void judge(PueFigure& pue, const Gathered& gathered, const Report& report) {
  pue.grade = report.annual ? kpi::year_grade(pue.coverage, pue.longest_gap_hours, pue.estimated_share)
                            : kpi::month_grade(pue.coverage, pue.estimated_share);
  const auto required = gathered.meters([&](const auto& meter) { return is_required(meter, pue.category); });
  if (!pue.value.value && pue.value.withheld->reason == Reason::no_common_time) {
    std::vector<const MeterReport*> silent;
    std::copy_if(required.begin(), required.end(), std::back_inserter(silent),
                 [](const auto* meter) { return meter->rows == 0; });
    if (!silent.empty()) pue.value = withheld(Reason::no_records, names_of(silent));
    if (gathered.meters([](const auto& meter) { return meter.total_sign != 0; }).empty()) {
      pue.value = withheld(Reason::no_meter, {"grid"});
    }
    return;
  }
  if (!report.annual || pue.grade != kpi::CoverageGrade::insufficient) return;
  std::vector<std::string> poor;
  for (const auto* meter : required) {
    const auto coverage = gathered.table().coverage(meter->name, report.span.from, report.span.to);
    if (static_cast<double>(coverage.full_slots) < 0.9 * static_cast<double>(coverage.slots)) {
      poor.push_back(meter->name);
    }
  }
  pue.value = withheld(Reason::coverage, std::move(poor), pue.coverage);
}

/// Meters of one side with their energies, and those of which no accuracy is known.
struct Side {
  std::vector<kpi::Contribution> meters;
  std::vector<std::string> unknown;
};

Side side_of(const std::vector<const MeterReport*>& meters, bool in_total) {
  Side side;
  for (const auto* meter : meters) {
    const auto uncertainty = kpi::meter_uncertainty(meter->record.accuracy_class, meter->record.ct_class);
    if (!uncertainty) side.unknown.push_back(meter->name);
    const double sign = in_total ? static_cast<double>(meter->record.total_sign) : 1.0;
    side.meters.push_back({sign * joules(meter->whole), uncertainty.value_or(0.0)});
  }
  return side;
}

void fill_uncertainty(PueFigure& pue, const Gathered& gathered, const Report& report) {
  const int category = pue.category;
  // Where the total is made of IT and overhead, an IT meter's error moves both sides.
  pue.submetered = report.method == "submetered" && category == first_category(report);
  const auto it = side_of(gathered.meters([&](const auto& meter) { return meter.it_category == category; }), false);
  const auto other = side_of(gathered.meters([&](const auto& meter) {
    return meter.total_sign != 0 && (!pue.submetered || meter.it_category != category);
  }),
                             true);
  auto unknown = it.unknown;
  for (const auto& name : other.unknown) {
    if (std::find(unknown.begin(), unknown.end(), name) == unknown.end()) unknown.push_back(name);
  }
  if (!unknown.empty()) {
    pue.uncertainty = withheld(Reason::unknown_class, unknown);
    pue.uncertainty_correlated = pue.uncertainty;
    return;
  }
  if (!pue.value.value) {
    pue.uncertainty = pue.value;
    pue.uncertainty_correlated = pue.value;
    return;
  }
  const auto expanded = [&](std::optional<double> total, std::optional<double> denominator) {
    if (!total || !denominator) return withheld(Reason::zero);
    const double standard = pue.submetered ? kpi::pue_uncertainty_submetered(*pue.value.value, *total, *denominator)
                                           : kpi::pue_uncertainty(*pue.value.value, *total, *denominator);
    return figure(kpi::k_coverage_factor * standard);
  };
  pue.uncertainty = expanded(kpi::independent_uncertainty(other.meters), kpi::independent_uncertainty(it.meters));
  pue.uncertainty_correlated =
      expanded(kpi::correlated_uncertainty(other.meters), kpi::correlated_uncertainty(it.meters));
}

/// The same relative width as the whole period's: the meters are the same.
void scale_uncertainty(PueFigure& month, const PueFigure& whole) {
  month.submetered = whole.submetered;
  if (!month.value.value || !whole.value.value || !whole.uncertainty.value) {
    month.uncertainty = whole.uncertainty.value ? month.value : whole.uncertainty;
    return;
  }
  const double base = whole.submetered ? *whole.value.value - 1.0 : *whole.value.value;
  const double own = month.submetered ? *month.value.value - 1.0 : *month.value.value;
  if (base > 0.0) month.uncertainty = figure(*whole.uncertainty.value * own / base);
}

/// 101 places of a sorted list, from the first to the last.
std::vector<double> percentiles(const std::vector<double>& sorted) {
  std::vector<double> picked;
  if (sorted.empty()) return picked;
  for (std::size_t i = 0; i <= 100; ++i) picked.push_back(sorted[i * (sorted.size() - 1) / 100]);
  return picked;
}

void fill_duration(const Gathered& gathered, int category, Report& report) {
  const std::array sums{sum::k_total, sum::it(category)};
  const auto counted = gathered.table().counted(sums, report.span.from, report.span.to);
  constexpr double seconds = static_cast<double>(SlotTable::k_slot_ms) / 1000.0;
  std::vector<double> total;
  std::vector<double> it;
  auto slot = gathered.table().from();
  for (const bool counts : counted) {
    if (counts) {
      total.push_back(static_cast<double>(gathered.table().amount(sums[0], slot).whole) / seconds);
      it.push_back(static_cast<double>(gathered.table().amount(sums[1], slot).whole) / seconds);
    }
    slot += SlotTable::k_slot_ms;
  }
  std::sort(total.begin(), total.end(), std::greater<>{});
  std::sort(it.begin(), it.end(), std::greater<>{});
  report.duration = {percentiles(total), percentiles(it)};
}

}  // namespace

int first_category(const Report& report) {
  for (int category = 1; category <= 3; ++category) {
    if (report.it_measured[static_cast<std::size_t>(category) - 1]) return category;
  }
  return 0;
}

void fill_pue(const Gathered& gathered, const civil::Zone& zone, Report& report) {
  for (int category = 1; category <= 3; ++category) {
    if (!report.it_measured[static_cast<std::size_t>(category) - 1]) continue;
    auto pue = pue_over(report.span, category, gathered, report);
    judge(pue, gathered, report);
    fill_uncertainty(pue, gathered, report);
    report.pue.push_back(std::move(pue));
  }
  for (const auto& span : zone.months_of(report.span)) {
    Month month{.span = span, .pue = {}};
    for (const auto& whole : report.pue) {
      auto pue = pue_over(span, whole.category, gathered, report);
      pue.grade = kpi::month_grade(pue.coverage, pue.estimated_share);
      scale_uncertainty(pue, whole);
      month.pue.push_back(std::move(pue));
    }
    report.months.push_back(std::move(month));
  }
  const int first = first_category(report);
  if (first == 0) return;
  for (const auto& day : report.days) {
    report.pue_coverage_by_day.push_back(
        gathered.table().paired(required_sums(first, report), day.from, day.to).coverage());
  }
  fill_duration(gathered, first, report);
}

}  // namespace pue::report
