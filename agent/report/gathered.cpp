#include "agent/report/gathered.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "agent/ledger/spread.h"

namespace pue::report {
namespace {

using ledger::SlotTable;
using plan::Role;

double number_in(const std::string& text, double otherwise) {
  double value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<SlotTable::Part> parts_of(const ledger::MeterRecord& meter, std::optional<Role> role, bool upgrade) {
  std::vector<SlotTable::Part> parts;
  if (meter.total_sign != 0) parts.push_back({sum::k_total, meter.total_sign});
  if (meter.it_category >= 1 && meter.it_category <= 3) parts.push_back({sum::it(meter.it_category), 1});
  if (upgrade) parts.push_back({sum::k_upgrade, 1});
  // What nothing is made of stays out, so that a change of it is no change of the boundary.
  if (role && *role != Role::monitor) parts.push_back({sum::of(*role), 1});
  return parts;
}

}  // namespace

Gathered::Gathered(const Request& request, const civil::Zone& zone, std::vector<InForce> configurations,
                   const config::ReportSettings& settings)
    : span_{zone.start_of(request.from), zone.start_of(request.to)},
      configurations_(std::move(configurations)),
      used_(configurations_.size(), false),
      table_(span_.from, span_.to, sum::k_count),
      recorded_(sum::k_count, 0),
      unconverted_(plan::k_roles, 0.0) {
  if (configurations_.empty()) throw std::invalid_argument("a report needs a configuration");
  std::vector<std::string> upgrade;
  for (const auto& name : settings.waste_heat_upgrade) upgrade.push_back(name.value);
  for (std::size_t i = 0; i < configurations_.size(); ++i) add_configuration(i, upgrade);
}

void Gathered::add_configuration(std::size_t index, const std::vector<std::string>& upgrade) {
  const auto& in_force = configurations_[index];
  std::vector<SlotTable::Member> members;
  for (std::size_t i = 0; i < in_force.meters.size() && i < in_force.configuration.meters.size(); ++i) {
    const auto& record = in_force.configuration.meters[i];
    const auto [account, fresh] = names_.try_emplace(record.name, accounts_.size());
    if (fresh) accounts_.emplace_back();
    accounts_[account->second].name = record.name;
    accounts_[account->second].record = record;
    Known known;
    known.account = account->second;
    known.configuration = index;
    known.place = i;
    known.conversion = number_in(record.conversion, 1.0);
    known.role = plan::role_from(record.role);
    known.parts = parts_of(record, known.role, std::find(upgrade.begin(), upgrade.end(), record.name) != upgrade.end());
    members.push_back({in_force.meters[i], record.name, known.parts});
    known_[in_force.meters[i]] = std::move(known);
  }
  table_.add_boundary(members);
}

void Gathered::add(const ledger::EnergyRow& row) {
  const auto found = known_.find(row.meter);
  if (found == known_.end() || !ledger::is_reckonable(row)) return;
  const auto& known = found->second;
  auto& account = accounts_[known.account];
  note_register(account, row);
  if (row.start >= span_.to || row.start + row.length <= span_.from) return;
  ++rows_;
  used_[known.configuration] = true;
  table_.add(row);
  const auto& meter = configurations_[known.configuration].configuration.meters[known.place];
  if ((row.quality & ledger::k_gap_filled) != 0 && row.length > SlotTable::k_slot_ms &&
      (meter.total_sign != 0 || meter.it_category != 0)) {
    bridges_.push_back({{row.start, row.start + row.length}, known.account, meter.total_sign != 0, meter.it_category});
  }
  const auto portion = ledger::portion_of(row, span_.from, span_.to);
  account.whole = ledger::bounded_sum(account.whole, portion.whole);
  account.integrated = ledger::bounded_sum(account.integrated, portion.integrated);
  account.substituted = ledger::bounded_sum(account.substituted, portion.substituted);
  ++account.rows;
  const auto has = [&](ledger::Quality bit) { return (row.quality & bit) != 0 ? 1 : 0; };
  account.resets += has(ledger::k_reset);
  account.rollovers += has(ledger::k_rollover);
  account.replaced += has(ledger::k_replaced);
  account.gap_filled += has(ledger::k_gap_filled);
  account.imported += has(ledger::k_imported);
  account.corrected += has(ledger::k_corrected);
  for (const auto& part : known.parts) {
    recorded_[part.sum] = ledger::bounded_sum(recorded_[part.sum], part.of(portion.whole));
  }
  if (known.role && known.conversion > 0.0) {
    unconverted_[static_cast<std::size_t>(*known.role)] += static_cast<double>(portion.whole) / known.conversion;
  }
}

void Gathered::note_register(MeterReport& account, const ledger::EnergyRow& row) const {
  if (!row.reading) return;
  const auto time = row.start + row.length;
  if (time > span_.to) return;
  const bool before = time <= span_.from;
  // The last at or before the beginning; where there is none, the first after it.
  const bool known_before = account.first_register && account.first_register_time <= span_.from;
  const bool takes = !account.first_register || (before ? !known_before || time > account.first_register_time
                                                        : !known_before && time < account.first_register_time);
  if (takes) {
    account.first_register = row.reading;
    account.first_register_time = time;
  }
  if (!before && (!account.last_register || time > account.last_register_time)) {
    account.last_register = row.reading;
    account.last_register_time = time;
  }
}

const ledger::Configuration& Gathered::configuration() const {
  for (std::size_t i = used_.size(); i > 0; --i) {
    if (used_[i - 1]) return configurations_[i - 1].configuration;
  }
  return configurations_.back().configuration;
}

std::vector<const ledger::Configuration*> Gathered::used() const {
  std::vector<const ledger::Configuration*> result;
  for (std::size_t i = 0; i < used_.size(); ++i) {
    if (used_[i]) result.push_back(&configurations_[i].configuration);
  }
  return result;
}

bool Gathered::has(Role role) const {
  return !meters([&](const auto& meter) { return plan::role_from(meter.role) == role; }).empty();
}

double Gathered::coverage(std::size_t sum) const {
  return table_.paired(std::span{&sum, 1}, span_.from, span_.to).coverage();
}

std::vector<std::string> Gathered::below(std::size_t sum, double part) const {
  std::vector<std::string> names;
  for (const auto& [id, known] : known_) {
    const bool takes = std::ranges::any_of(known.parts, [&](const auto& one) { return one.sum == sum; });
    const auto& name = accounts_[known.account].name;
    if (!takes || std::ranges::find(names, name) != names.end()) continue;
    const auto coverage = table_.coverage(name, span_.from, span_.to);
    if (static_cast<double>(coverage.full_slots) < part * static_cast<double>(coverage.slots)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> Gathered::reaching_over(civil::Span span, int category) const {
  std::vector<std::string> names;
  for (const auto& bridge : bridges_) {
    const auto& [from, to] = bridge.span;
    const bool over = from < span.from || to > span.to;
    const auto inside = std::min(to, span.to) - std::max(from, span.from);
    if (!over || inside * 100 <= span.length() || !(bridge.in_total || bridge.category == category)) continue;
    const auto& name = accounts_[bridge.account].name;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::vector<MeterReport> Gathered::meter_reports(const std::vector<civil::Span>& days) const {
  std::vector<MeterReport> reports;
  const auto fill = [&](const MeterReport& account) {
    auto report = account;
    const auto coverage = table_.coverage(account.name, span_.from, span_.to);
    report.coverage = static_cast<double>(coverage.covered_ms) / static_cast<double>(span_.length());
    report.longest_gap_hours = static_cast<double>(coverage.longest_gap) / 4.0;
    report.gaps = coverage.gaps;
    for (const auto& day : days) {
      const auto part = table_.coverage(account.name, day.from, day.to);
      report.coverage_by_day.push_back(static_cast<double>(part.covered_ms) / static_cast<double>(day.length()));
    }
    if (report.record.unit == "degC.s" && coverage.covered_ms > 0) {
      report.mean = static_cast<double>(report.whole) * 1000.0 / static_cast<double>(coverage.covered_ms);
    }
    reports.push_back(std::move(report));
  };
  const auto& present = configuration().meters;
  for (const auto& meter : present) fill(accounts_[names_.at(meter.name)]);
  for (const auto& account : accounts_) {
    const bool listed =
        std::any_of(present.begin(), present.end(), [&](const auto& meter) { return meter.name == account.name; });
    if (!listed && account.rows > 0) fill(account);
  }
  return reports;
}

}  // namespace pue::report
