#pragma once

#include <algorithm>
#include <cstdint>

#include "agent/ledger/record.h"

/// A record's even course over its length: how much of it lies in a part of that.
namespace pue::ledger {

/// The part of `amount` in the first `elapsed` of `length`, rounded down, so that parts that follow each other add up
/// to the whole.
[[nodiscard]] inline std::int64_t part_until(std::int64_t amount, std::int64_t elapsed, std::int64_t length) {
  if (elapsed >= length) return amount;
  if (elapsed <= 0) return 0;
  // 64 bits would not hold a year's joules times its milliseconds.
  __extension__ using Wide = __int128;
  const Wide product = Wide{amount} * elapsed;
  auto quotient = static_cast<std::int64_t>(product / length);
  if (product % length < 0) --quotient;
  return quotient;
}

/// What of a record lies in a span of time.
struct Portion {
  std::int64_t covered = 0;  ///< milliseconds
  std::int64_t whole = 0;
  std::int64_t integrated = 0;
  std::int64_t substituted = 0;
};
[[nodiscard]] inline Portion portion_of(const EnergyRow& row, UnixMs from, UnixMs to) {
  const auto begin = from - row.start;
  const auto end = to - row.start;
  const auto part = [&](std::int64_t amount) {
    return part_until(amount, end, row.length) - part_until(amount, begin, row.length);
  };
  return {part(row.covered), part(row.measured + row.integrated + row.substituted), part(row.integrated),
          part(row.substituted)};
}

}  // namespace pue::ledger
