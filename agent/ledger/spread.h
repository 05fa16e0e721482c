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

/// No record that the agent writes is longer, and no sum that means something is larger (278 TWh). A file may say
/// otherwise; arithmetic must stay defined.
inline constexpr std::int64_t k_longest_row_ms = 11LL * 366 * 24 * 3600 * 1000;
inline constexpr std::int64_t k_largest_sum = 1'000'000'000'000'000'000;

/// `sum` plus `amount`, no further than the largest sum.
[[nodiscard]] inline std::int64_t bounded_sum(std::int64_t sum, std::int64_t amount) {
  const auto bounded = std::clamp(amount, -k_largest_sum, k_largest_sum);
  return std::clamp(std::clamp(sum, -k_largest_sum, k_largest_sum) + bounded, -k_largest_sum, k_largest_sum);
}

/// @return whether a row from a file can be reckoned with.
[[nodiscard]] inline bool is_reckonable(const EnergyRow& row) {
  return row.length > 0 && row.length <= k_longest_row_ms;
}

/// What of a record lies in a span of time.
struct Portion {
  std::int64_t covered = 0;  ///< milliseconds
  std::int64_t whole = 0;
  std::int64_t integrated = 0;
  std::int64_t substituted = 0;
};
/// @param row reckonable, and overlapping the span.
[[nodiscard]] inline Portion portion_of(const EnergyRow& row, UnixMs from, UnixMs to) {
  const auto begin = from - row.start;
  const auto end = to - row.start;
  const auto part = [&](std::int64_t amount) {
    return part_until(amount, end, row.length) - part_until(amount, begin, row.length);
  };
  const auto covered = std::clamp<std::int64_t>(row.covered, 0, row.length);
  const auto whole = bounded_sum(bounded_sum(row.measured, row.integrated), row.substituted);
  return {part(covered), part(whole), part(row.integrated), part(row.substituted)};
}

}  // namespace pue::ledger
