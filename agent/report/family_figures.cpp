#include <algorithm>
#include <array>

#include "agent/kpi/emissions.h"
#include "agent/kpi/ratios.h"
#include "agent/report/figures.h"

namespace pue::report {
namespace {

using plan::Role;

constexpr std::array k_cooling{Role::cooling_chiller, Role::cooling_tower, Role::cooling_pump, Role::cooling_crah};
/// @param sums that must be covered; each amount over the quarter-hours in which they are.
/// @return nothing when there is no such quarter-hour.
std::optional<std::vector<ledger::SlotTable::Amount>> paired(const Gathered& gathered,
                                                             const std::vector<std::size_t>& sums,
                                                             const std::vector<std::size_t>& also = {}) {
  auto result = gathered.table().paired(sums, gathered.span().from, gathered.span().to, also);
  if (result.counted == 0) return std::nullopt;
  return std::move(result.amounts);
}

Joules sum_from(const std::vector<ledger::SlotTable::Amount>& amounts, std::size_t first) {
  Joules energy;
  for (std::size_t i = first; i < amounts.size(); ++i) energy += joules(amounts[i].whole);
  return energy;
}

std::vector<std::size_t> cooling_sums(const Gathered& gathered) {
  std::vector<std::size_t> sums;
  for (const auto role : k_cooling) {
    if (gathered.has(role)) sums.push_back(sum::of(role));
  }
  return sums;
}

/// A ratio whose meters are all of the roles in `sums`; `make` gets the amounts in their order.
template <class Make>
Figure over(const Gathered& gathered, const std::vector<std::size_t>& sums, Make make) {
  const auto amounts = paired(gathered, sums);
  return amounts ? figure(make(*amounts)) : withheld(Reason::no_common_time);
}

Figure scope1(const Gathered& gathered, Report& report) {
  auto& carbon = report.carbon;
  const auto& factors = report.settings.emission_factors;
  carbon.diesel_cubic_meters = gathered.unconverted(Role::fuel_diesel);
  carbon.gas_cubic_meters = gathered.unconverted(Role::fuel_gas);
  // Where the fuel of generators is metered, it is in there already.
  if (!gathered.has(Role::fuel_diesel) && gathered.recorded(Role::generator) > 0) {
    if (!factors.generator_fuel) return withheld(Reason::not_configured, {"report.emission_factors.generator_fuel"});
    carbon.diesel_cubic_meters =
        kpi::fuel_of(joules(gathered.recorded(Role::generator)), *factors.generator_fuel).value();
  }
  const auto grams = kpi::fuel_emissions(CubicMeters{carbon.diesel_cubic_meters}, factors.diesel) +
                     kpi::fuel_emissions(CubicMeters{carbon.gas_cubic_meters}, factors.gas);
  for (const auto role : {Role::fuel_diesel, Role::fuel_gas, Role::generator}) {
    const bool counts = role != Role::generator || !gathered.has(Role::fuel_diesel);
    if (!counts || !gathered.has(role)) continue;
    if (auto known = of_covered(gathered, sum::of(role), grams.value()); !known.value) return known;
  }
  return figure(grams.value());
}

Joules renewable_bought(const Report& report) {
  return certified(report, "goo") + certified(report, "ppa") + certified(report, "gec");
}

/// On-site generation that the site used itself: what was exported is taken from it first.
Joules on_site_used(const Gathered& gathered) {
  const auto made = gathered.recorded(Role::onsite_solar) + gathered.recorded(Role::onsite_wind);
  return joules(std::max<std::int64_t>(made - gathered.recorded(Role::exported), 0));
}

/// The part of the electricity flowing in that the data centre itself takes: `outside` meters take the rest, of every
/// source alike.
/// @param amount recorded of a role, in joules.
template <class Amount>
double inside(Amount amount) {
  const double out = amount(Role::outside);
  double in = -amount(Role::exported);
  for (const auto role : {Role::grid, Role::generator, Role::onsite_solar, Role::onsite_wind}) in += amount(role);
  return out > 0.0 && in > 0.0 ? std::max(0.0, 1.0 - out / in) : 1.0;
}

/// CO2 of scope 1 and location-based scope 2 over IT energy, both over the same quarter-hours.
Figure cue(const Gathered& gathered, const Report& report, int category) {
  if (category == 0) return withheld(Reason::no_meter, {"it.ups"});
  if (!report.carbon.grid_factor) return withheld(Reason::not_configured, {"facility.grid_zone"});
  if (!report.carbon.scope1.value) return report.carbon.scope1;
  constexpr std::array k_also{Role::grid,         Role::fuel_diesel, Role::fuel_gas, Role::generator,
                              Role::onsite_solar, Role::onsite_wind, Role::exported, Role::outside};
  std::vector<std::size_t> also;
  for (const auto role : k_also) also.push_back(sum::of(role));
  const auto amounts = paired(gathered, {sum::k_total, sum::it(category)}, also);
  if (!amounts) return withheld(Reason::no_common_time);
  const auto amount_of = [&](Role role) {
    const auto place = static_cast<std::size_t>(std::ranges::find(k_also, role) - k_also.begin());
    return static_cast<double>((*amounts)[2 + place].whole);
  };
  auto grams = kpi::location_based_emissions(Joules{amount_of(Role::grid) * inside(amount_of)},
                                             GramsPerJoule{*report.carbon.grid_factor});
  // Fuel by the part of it that was burned in these quarter-hours.
  const auto part = [&](Role role) {
    const auto all = gathered.recorded(role);
    return all == 0 ? 0.0 : amount_of(role) / static_cast<double>(all);
  };
  const auto& factors = report.settings.emission_factors;
  const bool by_output = !gathered.has(Role::fuel_diesel);
  grams += kpi::fuel_emissions(CubicMeters{report.carbon.diesel_cubic_meters}, factors.diesel) *
           part(by_output ? Role::generator : Role::fuel_diesel);
  grams += kpi::fuel_emissions(CubicMeters{report.carbon.gas_cubic_meters}, factors.gas) * part(Role::fuel_gas);
  return figure(kpi::carbon_usage_effectiveness(grams, joules((*amounts)[1].whole)));
}

}  // namespace

Figure of_covered(const Gathered& gathered, std::size_t needs, double value) {
  constexpr double k_least = 0.9;
  const double coverage = gathered.coverage(needs);
  if (coverage < k_least) return withheld(Reason::coverage, gathered.below(needs, k_least), coverage);
  return figure(value);
}

Joules certified(const Report& report, std::string_view kind) {
  Joules energy;
  for (const auto& certificate : report.settings.certificates) {
    const bool inside = std::chrono::sys_days{certificate.from} >= std::chrono::sys_days{report.request.from} &&
                        std::chrono::sys_days{certificate.to} <= std::chrono::sys_days{report.request.to};
    if (certificate.kind == kind && inside) energy += certificate.energy;
  }
  return energy;
}

void fill_carbon(const Gathered& gathered, Report& report) {
  auto& carbon = report.carbon;
  carbon.scope1 = scope1(gathered, report);
  const auto recorded = [&](Role role) { return static_cast<double>(gathered.recorded(role)); };
  const Joules grid{recorded(Role::grid) * inside(recorded)};
  if (!gathered.has(Role::grid)) {
    carbon.scope2_location = withheld(Reason::no_meter, {"grid"});
    carbon.scope2_market = carbon.scope2_location;
  } else if (!carbon.grid_factor) {
    carbon.scope2_location = withheld(Reason::not_configured, {"facility.grid_zone"});
    carbon.scope2_market = carbon.scope2_location;
  } else {
    const GramsPerJoule average{*carbon.grid_factor};
    carbon.scope2_location =
        of_covered(gathered, sum::of(Role::grid), kpi::location_based_emissions(grid, average).value());
    const auto residual = report.settings.emission_factors.residual.value_or(average);
    carbon.scope2_market = of_covered(gathered, sum::of(Role::grid),
                                      kpi::market_based_emissions(grid, renewable_bought(report), residual).value());
  }
  carbon.cue = cue(gathered, report, first_category(report));
}

void fill_family(const Gathered& gathered, Report& report) {
  const int category = first_category(report);
  const auto no_it = withheld(Reason::no_meter, {"it.ups"});
  const auto it = sum::it(std::max(category, 1));
  const auto heat = sum::of(Role::heat_reused);
  const auto& first = report.pue.empty() ? PueFigure{} : report.pue.front();
  report.dcie = first.value.value ? figure(kpi::infrastructure_efficiency(first.total, first.it)) : first.value;
  if (report.pue.empty()) report.dcie = no_it;

  report.ref = of_covered(
      gathered, sum::k_total,
      kpi::renewable_energy_factor(renewable_bought(report) + on_site_used(gathered), report.total).value_or(0.0));
  if (!(report.total > Joules{})) report.ref = withheld(Reason::zero);

  const auto papers = certified(report, "reuse");
  if (!gathered.has(Role::heat_reused)) {
    const bool none = !(papers > Joules{});
    report.erf =
        none ? withheld(Reason::no_meter, {"heat.reused"}) : figure(kpi::energy_reuse_factor(papers, report.total));
    report.ere = none            ? withheld(Reason::no_meter, {"heat.reused"})
                 : category == 0 ? no_it
                                 : figure(kpi::energy_reuse_effectiveness(
                                       report.total, papers, report.it[static_cast<std::size_t>(category) - 1]));
  } else {
    report.erf = over(gathered, {sum::k_total, heat}, [&](const auto& amounts) {
      return kpi::energy_reuse_factor(joules(amounts[1].whole) + papers, joules(amounts[0].whole));
    });
    report.ere = category == 0 ? no_it : over(gathered, {sum::k_total, heat, it}, [&](const auto& amounts) {
      return kpi::energy_reuse_effectiveness(joules(amounts[0].whole), joules(amounts[1].whole) + papers,
                                             joules(amounts[2].whole));
    });
  }

  if (!gathered.has(Role::water)) {
    report.wue = withheld(Reason::no_meter, {"water"});
  } else {
    report.wue = category == 0 ? no_it : over(gathered, {it, sum::of(Role::water)}, [&](const auto& amounts) {
      const CubicMeters water{static_cast<double>(amounts[1].whole) * k_cubic_meters_per_milliliter};
      return kpi::water_usage_effectiveness(water, joules(amounts[0].whole));
    });
  }

  auto cooling = cooling_sums(gathered);
  if (cooling.empty()) {
    report.cer = withheld(Reason::no_meter, {"cooling.chiller"});
    report.mlc = report.cer;
  } else {
    auto sums = cooling;
    sums.insert(sums.begin(), it);
    report.mlc = category == 0 ? no_it : over(gathered, sums, [](const auto& amounts) {
      return kpi::mechanical_load_component(sum_from(amounts, 1), joules(amounts[0].whole));
    });
    sums.front() = sum::of(Role::heat_rejected);
    report.cer = !gathered.has(Role::heat_rejected)
                     ? withheld(Reason::no_meter, {"heat.rejected"})
                     : over(gathered, sums, [](const auto& amounts) {
                         return kpi::cooling_efficiency_ratio(joules(amounts[0].whole), sum_from(amounts, 1));
                       });
  }
  if (!gathered.has(Role::power_loss)) {
    report.elc = withheld(Reason::no_meter, {"power.loss"});
  } else {
    report.elc = category == 0 ? no_it : over(gathered, {it, sum::of(Role::power_loss)}, [](const auto& amounts) {
      return kpi::electrical_loss_component(joules(amounts[1].whole), joules(amounts[0].whole));
    });
  }
}

}  // namespace pue::report
