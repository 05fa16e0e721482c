#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "agent/history/quarter_hours.h"
#include "agent/ledger/record.h"
#include "agent/plan/plan.h"
#include "agent/units/time.h"

/// What one meter says in files of another system, made into energy rows.
namespace pue::history {

/// What a column of numbers is.
enum class Column : std::uint8_t {
  register_kwh,  ///< the meter's own counter of energy
  energy_kwh,    ///< energy of the interval that begins at the row's time
  power_kw,      ///< power at the row's time
  register_m3,   ///< the meter's own counter of volume
};
[[nodiscard]] std::string_view name_of(Column column);

/// How the numbers of a meter become the whole units of its account (docs/ledger.md).
struct Scale {
  bool of_volume = false;         ///< its register counts cubic meters
  long double per_millionth = 0;  ///< whole units of the account for a millionth of a kWh or of a cubic meter
  long double before_factor = 0;  ///< the same without the meter's factor
  bool may_be_negative = false;   ///< energy can flow both ways: a source
};
/// @return nothing for a meter that counts neither energy nor a volume (weather).
[[nodiscard]] std::optional<Scale> scale_of(const plan::Plan& plan, const plan::Meter& meter);

class MeterHistory {
 public:
  struct Settings {
    Duration interval{};     ///< of energy_kwh; three of them are the longest gap between two readings that is bridged
    bool estimated = false;  ///< the numbers are another system's estimates
    ledger::UnixMs now = 0;
  };

  MeterHistory(const Scale& scale, const Settings& settings) : scale_(scale), settings_(settings) {}

  /// Takes the next row, in order of time. `line` is where it stands.
  /// @return what is wrong with it; such a row changes nothing.
  [[nodiscard]] std::optional<std::string> add(Column column, ledger::UnixMs time, std::int64_t millionths,
                                               std::size_t line);

  /// What follows stands in another file. Its first row may repeat the reading with which the one before ended: that is
  /// how monthly files join.
  void begin_file();

  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  [[nodiscard]] std::vector<ledger::EnergyRow> take_rows() { return rows_.take(); }

 private:
  struct Last {
    Column column{};
    ledger::UnixMs time = 0;
    std::int64_t millionths = 0;
    std::size_t line = 0;
    bool in_file_before = false;

    [[nodiscard]] std::string place() const;
  };

  [[nodiscard]] std::optional<std::string> why_not(Column column, ledger::UnixMs time, std::int64_t millionths) const;
  [[nodiscard]] std::optional<std::string> why_no_difference(ledger::UnixMs time, std::int64_t millionths) const;
  [[nodiscard]] bool joins(Column column, ledger::UnixMs time, std::int64_t millionths) const;
  void add_difference(ledger::UnixMs time, std::int64_t millionths);
  void add_interval(ledger::UnixMs time, std::int64_t millionths);
  void add_power(ledger::UnixMs time, std::int64_t millionths);
  void add_trapezoid(ledger::UnixMs from, double from_watts, ledger::UnixMs to, double to_watts);
  void put(Piece piece, std::int64_t amount, bool integrated);
  [[nodiscard]] std::int64_t max_gap_ms() const;

  Scale scale_;
  Settings settings_;
  std::optional<Last> last_;
  std::int64_t base_ = 0;       ///< register from which the count goes, so that sums are exact however far it goes
  std::int64_t counted_ = 0;    ///< whole units since then
  long double integrated_ = 0;  ///< since the beginning, of power
  std::int64_t integrated_whole_ = 0;
  QuarterHours rows_;
};

}  // namespace pue::history
