#include "agent/history/correction.h"

#include <algorithm>

#include "agent/history/iso_time.h"
#include "agent/history/quarter_hours.h"

namespace pue::history {
namespace {

ledger::UnixMs end_of(const ledger::EnergyRow& row) { return row.start + row.length; }

/// The counterpart of the part of a record that lies in [from, to). It covers nothing: what takes its place does.
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

std::int64_t sum_of(const ledger::EnergyRow& row) { return row.measured + row.integrated + row.substituted; }

/// The amount, spread evenly. A row that is longer than a quarter of an hour begins and ends where one does, so that
/// whoever asks for a quarter of an hour never finds half a row in it.
void put(std::vector<ledger::EnergyRow>& rows, std::int64_t meter, ledger::UnixMs from, ledger::UnixMs to,
         std::int64_t amount) {
  const auto first_cut = quarter_of(from) + (quarter_of(from) == from ? 0 : k_quarter_ms);
  const auto last_cut = quarter_of(to);
  std::int64_t given = 0;
  auto begin = from;
  for (const auto cut : {first_cut, last_cut, to}) {
    const auto end = std::min(cut, to);
    if (end <= begin) continue;
    const auto until = passed(amount, end - from, to - from);
    rows.push_back({.meter = meter,
                    .start = begin,
                    .length = end - begin,
                    .substituted = until - given,
                    .covered = end - begin,
                    .quality = ledger::k_corrected | ledger::k_estimated});
    given = until;
    begin = end;
  }
}

}  // namespace

tl::expected<Correction, std::string> correct(std::span<const ledger::EnergyRow> recorded, ledger::UnixMs from,
                                              ledger::UnixMs to, std::int64_t amount, std::int64_t meter) {
  Correction correction{.rows = {}, .after = amount};
  const ledger::EnergyRow* first = nullptr;
  for (const auto& row : recorded) {
    if (row.start >= to || end_of(row) <= from) continue;
    if (first == nullptr) first = &row;
    if (row.meter != first->meter) {
      // Energy belongs to the boundary that was in force when it passed.
      return tl::unexpected("the configuration changed at " + written_time(std::max(first->start, row.start)) +
                            ": correct the time before it and after it one by one");
    }
    const auto reversal = reversal_of(row, from, to);
    correction.before -= sum_of(reversal);
    ++correction.reversed;
    correction.rows.push_back(reversal);
  }
  put(correction.rows, first == nullptr ? meter : first->meter, from, to, amount);
  return correction;
}

}  // namespace pue::history
