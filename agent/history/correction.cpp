#include "agent/history/correction.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "agent/energy/plausible.h"
#include "agent/history/iso_time.h"
#include "agent/history/quarter_hours.h"

namespace pue::history {
namespace {

ledger::UnixMs end_of(const ledger::EnergyRow& row) { return row.start + row.length; }

/// The counterpart of the part of a record that lies in [from, to). It covers nothing, and takes no cover.
ledger::EnergyRow reversal_of(const ledger::EnergyRow& row, ledger::UnixMs from, ledger::UnixMs to) {
  const auto begin = std::max(from, row.start);
  const auto end = std::min(to, end_of(row));
  const auto part = [&](std::int64_t amount) {
    return passed(amount, end - row.start, row.length) - passed(amount, begin - row.start, row.length);
  };
  return {.meter = row.meter,
          .start = begin,
          .length = end - begin,
          .measured = -part(row.measured),
          .integrated = -part(row.integrated),
          .substituted = -part(row.substituted),
          .quality = ledger::k_corrected};
}

bool is_reversal(const ledger::EnergyRow& row) { return row.quality == ledger::k_corrected && row.covered == 0; }

/// The records without those that a correction took back as a whole, and without what took them back: else each
/// correction of a time would write twice as much as the one before it.
std::vector<ledger::EnergyRow> standing(std::span<const ledger::EnergyRow> recorded) {
  using Key = std::array<std::int64_t, 6>;
  std::map<Key, std::vector<std::size_t>> by_content;
  std::vector<bool> stands(recorded.size(), true);
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    const auto& row = recorded[i];
    if (is_reversal(row)) {
      const auto found =
          by_content.find({row.meter, row.start, row.length, -row.measured, -row.integrated, -row.substituted});
      if (found != by_content.end() && !found->second.empty()) {
        stands[i] = stands[found->second.back()] = false;
        found->second.pop_back();
        continue;
      }
    }
    by_content[{row.meter, row.start, row.length, row.measured, row.integrated, row.substituted}].push_back(i);
  }
  std::vector<ledger::EnergyRow> rows;
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    if (stands[i]) rows.push_back(recorded[i]);
  }
  return rows;
}

/// The part of a span that lies in one quarter of an hour.
struct Portion {
  ledger::UnixMs from = 0;
  ledger::UnixMs to = 0;
  std::int64_t held = 0;  ///< milliseconds of it that records cover

  [[nodiscard]] std::int64_t open() const { return to - from - std::min(to - from, held); }
  [[nodiscard]] bool is_whole() const { return to - from == k_quarter_ms; }
};

std::vector<Portion> portions_of(ledger::UnixMs from, ledger::UnixMs to, std::span<const ledger::EnergyRow> recorded) {
  std::vector<Portion> portions;
  for (auto begin = from; begin < to;) {
    const auto end = std::min(to, quarter_of(begin) + k_quarter_ms);
    portions.push_back({.from = begin, .to = end});
    begin = end;
  }
  for (const auto& row : recorded) {
    if (row.covered == 0 || row.start >= to || end_of(row) <= from) continue;
    const auto first =
        static_cast<std::size_t>((quarter_of(std::max(from, row.start)) - quarter_of(from)) / k_quarter_ms);
    for (auto i = first; i < portions.size() && portions[i].from < end_of(row); ++i) {
      const auto begin = std::max(portions[i].from, row.start);
      const auto end = std::min(portions[i].to, end_of(row));
      portions[i].held +=
          passed(row.covered, end - row.start, row.length) - passed(row.covered, begin - row.start, row.length);
    }
  }
  return portions;
}

/// The amount, spread evenly. A row that is longer than a quarter of an hour begins and ends where one does, so that
/// whoever asks for a quarter of an hour never finds half a row in it. What records cover stays covered by them; the
/// new rows cover the rest, so that no time is covered twice.
void put(std::vector<ledger::EnergyRow>& rows, std::int64_t meter, std::span<const Portion> portions,
         std::int64_t amount) {
  const auto from = portions.front().from;
  const auto length = portions.back().to - from;
  std::int64_t given = 0;
  for (std::size_t i = 0; i < portions.size();) {
    const auto& first = portions[i];
    const auto open = first.open();
    const bool all = open == first.to - first.from;
    auto next = i + 1;
    while (first.is_whole() && next < portions.size() && portions[next].is_whole() &&
           (all ? portions[next].held == 0 : open == 0 && portions[next].open() == 0)) {
      ++next;
    }
    const auto end = portions[next - 1].to;
    const auto until = passed(amount, end - from, length);
    rows.push_back({.meter = meter,
                    .start = first.from,
                    .length = end - first.from,
                    .substituted = until - given,
                    .covered = all ? end - first.from : open,
                    .quality = ledger::k_corrected | ledger::k_estimated});
    given = until;
    i = next;
  }
}

/// In joules, or milliliters: a number that is more of either than any meter sees.
bool is_more_than_passes(std::int64_t amount, ledger::UnixMs length) {
  return std::abs(static_cast<long double>(amount)) * 1000 >
         static_cast<long double>(energy::k_most_power.value()) * length;
}

/// Takes from a sum what a row holds.
/// @return whether the sum still holds it.
bool take(std::int64_t& sum, const ledger::EnergyRow& row) {
  return !__builtin_sub_overflow(sum, row.measured, &sum) && !__builtin_sub_overflow(sum, row.integrated, &sum) &&
         !__builtin_sub_overflow(sum, row.substituted, &sum);
}

}  // namespace

tl::expected<Correction, std::string> correct(std::span<const ledger::EnergyRow> recorded, ledger::UnixMs from,
                                              ledger::UnixMs to, std::int64_t amount, std::int64_t meter) {
  if (is_more_than_passes(amount, to - from))
    return tl::unexpected(std::string("more than passes any meter in that time"));
  Correction correction{.rows = {}, .after = amount};
  const ledger::EnergyRow* first = nullptr;
  const auto rows = standing(recorded);
  for (const auto& row : rows) {
    if (row.start >= to || end_of(row) <= from) continue;
    if (first == nullptr) first = &row;
    if (row.meter != first->meter) {
      // Energy belongs to the boundary that was in force when it passed.
      return tl::unexpected("the configuration changed at " + written_time(std::max(first->start, row.start)) +
                            ": correct the time before it and after it one by one");
    }
    const auto reversal = reversal_of(row, from, to);
    if (!take(correction.before, reversal))
      return tl::unexpected(std::string("the records of that time add up to more than a sum can hold"));
    ++correction.reversed;
    correction.rows.push_back(reversal);
  }
  put(correction.rows, first == nullptr ? meter : first->meter, portions_of(from, to, recorded), amount);
  return correction;
}

}  // namespace pue::history
