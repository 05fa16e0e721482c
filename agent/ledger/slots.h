#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/ledger/record.h"
#include "agent/ledger/spread.h"

namespace pue::ledger {

/// The pairing rule: energies whose ratio is taken come from the same quarter-hours.
///
/// A table of quarter-hours with a few sums over meters in each (the total, the IT energy of a category, the water).
/// A quarter-hour counts for a figure when every meter of every sum that the figure needs covers it in full. Where the
/// boundary changed inside a quarter-hour, it counts for none.
///
/// Quarter-hours are those of UTC, which are those of every zone whose offset is a multiple of 15 minutes. Rows may
/// come in any order. Memory: 32 bytes for each quarter-hour and sum, a bit for each quarter-hour and meter, and 8
/// bytes for each quarter-hour of a meter that is covered in part. No thread of its own; one owner at a time.
class SlotTable {
 public:
  static constexpr std::int64_t k_slot_ms = 15LL * 60 * 1000;
  /// What a quarter-hour may lack and still count as covered.
  static constexpr std::int64_t k_tolerance_ms = 2000;

  /// A meter's part in one sum.
  struct Part {
    std::size_t sum = 0;
    int sign = 1;  ///< below 0: the meter takes away; a file may hold any number
    /// @param amount bounded, as that of a Portion is.
    [[nodiscard]] std::int64_t of(std::int64_t amount) const { return sign < 0 ? -amount : amount; }
    friend auto operator<=>(const Part&, const Part&) = default;
  };
  struct Member {
    std::int64_t id = 0;  ///< of the meter's record in its configuration
    std::string name;     ///< the same meter in another configuration
    std::vector<Part> parts;
  };
  /// Energy in the unit of the sum's meters.
  struct Amount {
    std::int64_t whole = 0;        ///< signed
    std::int64_t substituted = 0;  ///< of it estimated; without sign, as is
    std::int64_t integrated = 0;   ///< of it from readings of power
    friend bool operator==(const Amount&, const Amount&) = default;
  };
  /// What a figure is made of.
  struct Paired {
    std::int64_t slots = 0;        ///< of the span
    std::int64_t counted = 0;      ///< of them in which every required meter is covered
    std::int64_t longest_gap = 0;  ///< quarter-hours in a row that do not count
    std::vector<Amount> amounts;   ///< over the counted ones, in the order of the sums asked for, then `also`

    [[nodiscard]] double coverage() const {
      return slots == 0 ? 0.0 : static_cast<double>(counted) / static_cast<double>(slots);
    }
  };
  struct MeterCoverage {
    std::int64_t covered_ms = 0;  ///< of the span's length
    std::int64_t slots = 0;
    std::int64_t full_slots = 0;
    std::int64_t gaps = 0;         ///< runs of quarter-hours that are not covered in full
    std::int64_t longest_gap = 0;  ///< quarter-hours of the longest of them
  };

  /// A table of the quarter-hours that [from, to) touches.
  SlotTable(UnixMs from, UnixMs to, std::size_t sums);

  /// Makes the meters of one configuration known; before the rows that name their ids. Configurations in which the same
  /// meters have the same parts are one boundary.
  void add_boundary(const std::vector<Member>& members);

  /// Counts a row; what lies outside the table, or belongs to no known meter, is left out.
  void add(const EnergyRow& row);

  /// Moves the table on so that it ends with the quarter-hour before `to`; what falls out at its beginning is
  /// forgotten.
  void advance(UnixMs to);

  /// The figure over the quarter-hours that lie in [from, to) and in the table.
  /// @param also sums whose amounts are wanted over the same quarter-hours, but that need not be covered.
  [[nodiscard]] Paired paired(std::span<const std::size_t> sums, UnixMs from, UnixMs to,
                              std::span<const std::size_t> also = {}) const;
  /// For each quarter-hour in [from, to): whether it counts for a figure of these sums.
  [[nodiscard]] std::vector<bool> counted(std::span<const std::size_t> sums, UnixMs from, UnixMs to) const;
  /// A sum in one quarter-hour, whether it counts or not.
  [[nodiscard]] Amount amount(std::size_t sum, UnixMs slot) const;

  [[nodiscard]] MeterCoverage coverage(const std::string& meter, UnixMs from, UnixMs to) const;

  [[nodiscard]] UnixMs from() const { return first_ * k_slot_ms; }
  [[nodiscard]] UnixMs to() const { return last_ * k_slot_ms; }

 private:
  struct Cell {
    Amount amount;
    std::uint32_t full = 0;  ///< meters of the sum that cover the quarter-hour
  };
  struct Partial {
    std::int32_t slot = 0;
    std::int32_t covered_ms = 0;
  };
  struct Series {
    std::vector<std::uint64_t> full;  ///< a bit for each place of the ring
    std::vector<Partial> partial;     ///< sorted by slot
  };
  struct Meter {
    std::uint16_t boundary = 0;
    std::size_t series = 0;
    std::vector<Part> parts;
  };
  using Key = std::set<std::pair<std::string, std::vector<Part>>>;

  static constexpr std::uint16_t k_no_boundary = 0;
  static constexpr std::uint16_t k_mixed = 0xFFFF;

  [[nodiscard]] std::size_t place(std::int64_t slot) const { return static_cast<std::size_t>(slot) % capacity_; }
  [[nodiscard]] bool counts(std::int64_t slot, std::span<const std::size_t> sums) const;
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> slots_in(UnixMs from, UnixMs to) const;
  [[nodiscard]] static bool is_full(const Series& series, std::size_t place);
  void add_to(std::int64_t slot, const Meter& meter, const Portion& portion);
  bool cover(Series& series, std::int64_t slot, std::int64_t covered_ms);
  void forget(std::int64_t slot);

  std::int64_t first_;  ///< the first quarter-hour, counted from 1970
  std::int64_t last_;   ///< the one after the last
  std::size_t capacity_;
  std::size_t sums_;
  std::vector<Cell> cells_;                           ///< by place, then sum
  std::vector<std::uint16_t> boundaries_;             ///< by place: that of its rows
  std::vector<std::vector<std::uint32_t>> required_;  ///< by boundary and sum: how many meters
  std::map<Key, std::uint16_t> known_;
  std::unordered_map<std::int64_t, Meter> meters_;
  std::map<std::string, std::size_t> names_;
  std::vector<Series> series_;
};

}  // namespace pue::ledger
