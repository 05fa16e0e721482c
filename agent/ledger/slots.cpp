#include "agent/ledger/slots.h"

#include <algorithm>
#include <stdexcept>

namespace pue::ledger {
namespace {

std::int64_t floor_slot(UnixMs time) {
  const auto slot = time / SlotTable::k_slot_ms;
  return time % SlotTable::k_slot_ms < 0 ? slot - 1 : slot;
}

std::int64_t ceil_slot(UnixMs time) { return -floor_slot(-time); }

}  // namespace

SlotTable::SlotTable(UnixMs from, UnixMs to, std::size_t sums)
    : first_(floor_slot(from)),
      last_(std::max(ceil_slot(to), first_ + 1)),
      capacity_(static_cast<std::size_t>(last_ - first_)),
      sums_(sums),
      cells_(capacity_ * sums),
      boundaries_(capacity_, k_no_boundary),
      required_(1, std::vector<std::uint32_t>(sums, 0)) {
  if (first_ < 0) throw std::invalid_argument("a table of quarter-hours begins in 1970 or later");
}

void SlotTable::add_boundary(const std::vector<Member>& members) {
  Key key;
  std::vector<std::uint32_t> required(sums_, 0);
  for (const auto& member : members) {
    if (member.parts.empty()) continue;
    key.insert({member.name, member.parts});
    for (const auto& part : member.parts) ++required.at(part.sum);
  }
  const auto next = static_cast<std::uint16_t>(required_.size());
  if (required_.size() >= k_mixed) throw std::length_error("more than 65,534 different boundaries");
  const auto [boundary, fresh] = known_.try_emplace(std::move(key), next);
  if (fresh) required_.push_back(std::move(required));
  for (const auto& member : members) {
    const auto [series, unseen] = names_.try_emplace(member.name, series_.size());
    if (unseen) series_.push_back({std::vector<std::uint64_t>((capacity_ + 63) / 64, 0), {}});
    meters_[member.id] = {boundary->second, series->second, member.parts};
  }
}

void SlotTable::add(const EnergyRow& row) {
  const auto meter = meters_.find(row.meter);
  if (meter == meters_.end() || !is_reckonable(row)) return;
  if (row.start >= to() || row.start + row.length <= from()) return;
  const auto first = std::max(floor_slot(row.start), first_);
  const auto last = std::min(ceil_slot(row.start + row.length), last_);
  for (auto slot = first; slot < last; ++slot) {
    add_to(slot, meter->second, portion_of(row, slot * k_slot_ms, (slot + 1) * k_slot_ms));
  }
}

void SlotTable::add_to(std::int64_t slot, const Meter& meter, const Portion& portion) {
  const auto at = place(slot);
  const bool completes = cover(series_[meter.series], slot, portion.covered);
  if (meter.parts.empty()) return;  // watched only: it belongs to no figure and changes no boundary
  auto& boundary = boundaries_[at];
  if (boundary == k_no_boundary) {
    boundary = meter.boundary;
  } else if (boundary != meter.boundary) {
    boundary = k_mixed;
  }
  for (const auto& part : meter.parts) {
    auto& cell = cells_[at * sums_ + part.sum];
    cell.amount.whole = bounded_sum(cell.amount.whole, part.of(portion.whole));
    cell.amount.substituted = bounded_sum(cell.amount.substituted, portion.substituted);
    cell.amount.integrated = bounded_sum(cell.amount.integrated, portion.integrated);
    if (completes) ++cell.full;
  }
}

/// @return whether this made the quarter-hour full.
bool SlotTable::cover(Series& series, std::int64_t slot, std::int64_t covered_ms) {
  const auto at = place(slot);
  if (is_full(series, at)) return false;
  auto& partial = series.partial;
  const auto number = static_cast<std::int32_t>(slot);
  auto found = partial.end();
  // Rows mostly come in the order of time.
  if (!partial.empty() && partial.back().slot >= number) {
    found = std::lower_bound(partial.begin(), partial.end(), number,
                             [](const Partial& entry, std::int32_t wanted) { return entry.slot < wanted; });
  }
  const bool known = found != partial.end() && found->slot == number;
  const auto sum = std::min<std::int64_t>((known ? found->covered_ms : 0) + covered_ms, k_slot_ms);
  if (sum >= k_slot_ms - k_tolerance_ms) {
    if (known) partial.erase(found);
    series.full[at / 64] |= std::uint64_t{1} << (at % 64);
    return true;
  }
  if (known) {
    found->covered_ms = static_cast<std::int32_t>(sum);
  } else if (covered_ms > 0) {
    partial.insert(found, {number, static_cast<std::int32_t>(sum)});
  }
  return false;
}

bool SlotTable::is_full(const Series& series, std::size_t place) {
  return (series.full[place / 64] >> (place % 64) & 1U) != 0;
}

void SlotTable::advance(UnixMs to) {
  const auto last = floor_slot(to);
  if (last <= last_) return;
  const auto steps = std::min(last - last_, static_cast<std::int64_t>(capacity_));
  first_ += last - last_;
  last_ = last;
  for (auto slot = last - steps; slot < last; ++slot) forget(slot);
  for (auto& series : series_) {
    auto& partial = series.partial;
    partial.erase(partial.begin(),
                  std::lower_bound(partial.begin(), partial.end(), first_,
                                   [](const Partial& entry, std::int64_t wanted) { return entry.slot < wanted; }));
  }
}

void SlotTable::forget(std::int64_t slot) {
  const auto at = place(slot);
  boundaries_[at] = k_no_boundary;
  std::fill_n(cells_.begin() + static_cast<std::ptrdiff_t>(at * sums_), sums_, Cell{});
  for (auto& series : series_) series.full[at / 64] &= ~(std::uint64_t{1} << (at % 64));
}

bool SlotTable::counts(std::int64_t slot, std::span<const std::size_t> sums) const {
  const auto at = place(slot);
  const auto boundary = boundaries_[at];
  if (boundary == k_no_boundary || boundary == k_mixed) return false;
  const auto& required = required_[boundary];
  return std::all_of(sums.begin(), sums.end(), [&](std::size_t sum) {
    return required[sum] > 0 && cells_[at * sums_ + sum].full == required[sum];
  });
}

std::pair<std::int64_t, std::int64_t> SlotTable::slots_in(UnixMs from, UnixMs to) const {
  const auto first = std::max(ceil_slot(from), first_);
  return {first, std::max(first, std::min(floor_slot(to), last_))};
}

SlotTable::Paired SlotTable::paired(std::span<const std::size_t> sums, UnixMs from, UnixMs to,
                                    std::span<const std::size_t> also) const {
  const auto [first, last] = slots_in(from, to);
  Paired result;
  result.slots = last - first;
  std::vector<std::size_t> wanted(sums.begin(), sums.end());
  wanted.insert(wanted.end(), also.begin(), also.end());
  result.amounts.resize(wanted.size());
  std::int64_t gap = 0;
  for (auto slot = first; slot < last; ++slot) {
    if (!counts(slot, sums)) {
      result.longest_gap = std::max(result.longest_gap, ++gap);
      continue;
    }
    gap = 0;
    ++result.counted;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto& amount = cells_[place(slot) * sums_ + wanted[i]].amount;
      result.amounts[i].whole = bounded_sum(result.amounts[i].whole, amount.whole);
      result.amounts[i].substituted = bounded_sum(result.amounts[i].substituted, amount.substituted);
      result.amounts[i].integrated = bounded_sum(result.amounts[i].integrated, amount.integrated);
    }
  }
  return result;
}

std::vector<bool> SlotTable::counted(std::span<const std::size_t> sums, UnixMs from, UnixMs to) const {
  const auto [first, last] = slots_in(from, to);
  std::vector<bool> result;
  result.reserve(static_cast<std::size_t>(last - first));
  for (auto slot = first; slot < last; ++slot) result.push_back(counts(slot, sums));
  return result;
}

SlotTable::Amount SlotTable::amount(std::size_t sum, UnixMs slot) const {
  const auto number = floor_slot(slot);
  if (number < first_ || number >= last_ || sum >= sums_) return {};
  return cells_[place(number) * sums_ + sum].amount;
}

SlotTable::MeterCoverage SlotTable::coverage(const std::string& meter, UnixMs from, UnixMs to) const {
  const auto [first, last] = slots_in(from, to);
  MeterCoverage result;
  result.slots = last - first;
  const auto name = names_.find(meter);
  if (name == names_.end()) {
    result.longest_gap = result.slots;
    result.gaps = result.slots > 0 ? 1 : 0;
    return result;
  }
  const auto& series = series_[name->second];
  std::int64_t gap = 0;
  for (auto slot = first; slot < last; ++slot) {
    if (is_full(series, place(slot))) {
      gap = 0;
      ++result.full_slots;
    } else {
      if (gap == 0) ++result.gaps;
      result.longest_gap = std::max(result.longest_gap, ++gap);
    }
  }
  result.covered_ms = result.full_slots * k_slot_ms;
  const auto begin = std::lower_bound(series.partial.begin(), series.partial.end(), first,
                                      [](const Partial& entry, std::int64_t wanted) { return entry.slot < wanted; });
  for (auto entry = begin; entry != series.partial.end() && entry->slot < last; ++entry) {
    result.covered_ms += entry->covered_ms;
  }
  return result;
}

}  // namespace pue::ledger
