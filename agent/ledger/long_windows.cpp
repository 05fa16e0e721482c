#include "agent/ledger/long_windows.h"

#include <algorithm>
#include <cmath>

#include "agent/kpi/pue.h"
#include "agent/kpi/uncertainty.h"
#include "agent/pipeline/figure.h"

namespace pue::ledger {
namespace {

using plan::LedgerLayout;
using plan::LongWindow;

constexpr UnixMs k_day = 24LL * 3600 * 1000;
constexpr UnixMs k_reach = 367 * k_day;
/// A record comes when its quarter-hour is over and its meter's last reading is in, or is not awaited any longer.
constexpr UnixMs k_awaited = 3600LL * 1000;

/// A machine without a battery for its clock begins in 1970, and the table can begin no earlier.
UnixMs begin_at(UnixMs now) { return std::max<UnixMs>(0, now - k_reach); }
UnixMs due_at(UnixMs now) {
  const UnixMs due = std::max<UnixMs>(0, now - k_awaited);
  return due - due % SlotTable::k_slot_ms;
}

// Sums of the table: the total, then IT energy by category.
constexpr std::size_t k_total = 0;
constexpr std::size_t k_sums = 4;
std::size_t sum_of(int category) { return static_cast<std::size_t>(category); }

double share(const SlotTable::Amount& amount, std::int64_t part) {
  return amount.whole > 0 ? static_cast<double>(part) / static_cast<double>(amount.whole) : 0.0;
}

Joules joules(std::int64_t whole) { return Joules{static_cast<double>(whole)}; }

}  // namespace

LongWindows::LongWindows(civil::Zone zone, UnixMs now)
    : zone_(std::move(zone)), table_(begin_at(now), begin_at(now) + k_reach, k_sums), due_until_(due_at(now)) {}

void LongWindows::add(const Configuration& configuration, std::span<const std::int64_t> ids) {
  std::vector<SlotTable::Member> members;
  for (std::size_t i = 0; i < configuration.meters.size() && i < ids.size(); ++i) {
    const MeterRecord& meter = configuration.meters[i];
    names_[ids[i]] = meter.name;
    SlotTable::Member member{.id = ids[i], .name = meter.name, .parts = {}};
    if (meter.total_sign != 0) member.parts.push_back({k_total, meter.total_sign});
    if (meter.it_category >= 1 && meter.it_category <= 3) member.parts.push_back({sum_of(meter.it_category), 1});
    members.push_back(std::move(member));
  }
  table_.add_boundary(members);
  present_ = configuration;
}

void LongWindows::add(const EnergyRow& row) {
  if (!is_reckonable(row)) return;
  const UnixMs end = row.start + row.length;
  if (end > table_.to()) table_.advance(end);
  recorded_until_ = std::max(recorded_until_, end);
  table_.add(row);
  if (const auto meter = names_.find(row.meter); meter != names_.end()) {
    energies_[meter->second] +=
        static_cast<double>(row.measured) + static_cast<double>(row.integrated) + static_cast<double>(row.substituted);
  }
}

bool LongWindows::pass(UnixMs now) {
  const UnixMs before = end();
  due_until_ = due_at(now);
  if (due_until_ > table_.to()) table_.advance(due_until_);
  return end() != before;
}

UnixMs LongWindows::end() const {
  return std::max(recorded_until_ - recorded_until_ % SlotTable::k_slot_ms, due_until_);
}

civil::Span LongWindows::span_of(LongWindow window) const {
  const UnixMs to = end();
  switch (window) {
    case LongWindow::days_30:
      return {to - 30 * k_day, to};
    case LongWindow::days_365:
      return {to - 365 * k_day, to};
    case LongWindow::month:
      return {zone_.month_around(to - 1).from, to};
    case LongWindow::year:
      break;
  }
  return {zone_.year_around(to - 1).from, to};
}

void LongWindows::publish(std::span<std::uint64_t> words) const {
  const auto set = [&](std::size_t index, Figure figure) { words[index] = figure.word(); };
  for (const plan::Layer layer : plan::k_layers) {
    const int category = plan::category_of(layer);
    const bool measured =
        std::ranges::any_of(present_.meters, [&](const MeterRecord& meter) { return meter.it_category == category; });
    if (!measured) continue;
    const std::array sums{k_total, sum_of(category)};
    for (const LongWindow window : plan::k_long_windows) {
      const civil::Span span = span_of(window);
      const auto paired = table_.paired(sums, span.from, span.to);
      set(LedgerLayout::coverage(layer, window), paired.coverage());
      if (paired.counted == 0) {
        for (const auto index : {LedgerLayout::ratio(layer, window), LedgerLayout::estimated(layer, window),
                                 LedgerLayout::integrated(layer, window), LedgerLayout::uncertainty(layer, window)}) {
          set(index, Figure{});
        }
        continue;
      }
      const auto& total = paired.amounts[0];
      const auto& it = paired.amounts[1];
      const auto ratio = kpi::power_usage_effectiveness(joules(total.whole), joules(it.whole));
      set(LedgerLayout::ratio(layer, window), ratio);
      set(LedgerLayout::estimated(layer, window), std::max(share(total, total.substituted), share(it, it.substituted)));
      set(LedgerLayout::integrated(layer, window), std::max(share(total, total.integrated), share(it, it.integrated)));
      set(LedgerLayout::uncertainty(layer, window), ratio ? uncertainty(category, *ratio) : std::optional<double>{});
    }
  }
}

/// As the report has it: errors of independent meters; where the total is made of IT and overhead, an IT meter's error
/// moves both.
std::optional<double> LongWindows::uncertainty(int category, double pue) const {
  std::vector<kpi::Contribution> total;
  std::vector<kpi::Contribution> it;
  const auto& meters = present_.meters;
  const bool lowest = std::ranges::none_of(
      meters, [&](const MeterRecord& meter) { return meter.it_category != 0 && meter.it_category < category; });
  const bool submetered = present_.method == "submetered" && lowest;
  for (const MeterRecord& meter : meters) {
    const bool of_it = meter.it_category == category;
    if (!of_it && meter.total_sign == 0) continue;
    const auto known = kpi::meter_uncertainty(meter.accuracy_class, meter.ct_class);
    if (!known) return std::nullopt;
    const auto found = energies_.find(meter.name);
    const Joules energy{found == energies_.end() ? 0.0 : found->second};
    if (of_it) it.push_back({energy, *known});
    if (meter.total_sign != 0 && !(submetered && of_it)) total.push_back({energy * meter.total_sign, *known});
  }
  const auto of_total = kpi::independent_uncertainty(total);
  const auto of_it = kpi::independent_uncertainty(it);
  if (!of_total || !of_it || pue <= 0.0) return std::nullopt;
  const double standard = submetered ? kpi::pue_uncertainty_submetered(pue, *of_total, *of_it)
                                     : kpi::pue_uncertainty(pue, *of_total, *of_it);
  return kpi::k_coverage_factor * standard / pue;
}

}  // namespace pue::ledger
