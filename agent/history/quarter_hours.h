#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "agent/ledger/record.h"

namespace pue::history {

inline constexpr std::int64_t k_quarter_ms = 15LL * 60 * 1000;

/// @return the beginning of the quarter of an hour, in UTC, that `time` lies in.
[[nodiscard]] constexpr ledger::UnixMs quarter_of(ledger::UnixMs time) {
  const auto past = time % k_quarter_ms;
  return time - (past < 0 ? past + k_quarter_ms : past);
}

/// @return how much of `amount`, which passes evenly during `total`, has passed after `elapsed`, in whole units.
[[nodiscard]] std::int64_t passed(std::int64_t amount, std::int64_t elapsed, std::int64_t total);

/// Energy that passed evenly from `from` to `to`, in whole units.
struct Piece {
  ledger::UnixMs from = 0;
  ledger::UnixMs to = 0;
  std::int64_t measured = 0;
  std::int64_t integrated = 0;
  std::int64_t substituted = 0;
  std::uint32_t quality = 0;
  std::optional<std::int64_t> reading;  ///< of the register at `to`
};

/// @return the piece cut at each quarter of an hour inside it. Its parts sum to it exactly.
[[nodiscard]] std::vector<Piece> cut_at_quarters(const Piece& whole);

/// Puts the pieces of one meter together, in order of time, to one row for each quarter of an hour. A piece that
/// crosses a quarter's end stays a row of its own.
class QuarterHours {
 public:
  void add(const Piece& piece);
  /// How many rows take() would give.
  [[nodiscard]] std::size_t size() const { return rows_.size() + (open_ ? 1 : 0); }
  /// The rows so far, the one under way included. What comes after begins new ones.
  [[nodiscard]] std::vector<ledger::EnergyRow> take();

 private:
  void close();

  std::optional<ledger::EnergyRow> open_;
  std::vector<ledger::EnergyRow> rows_;
};

}  // namespace pue::history
