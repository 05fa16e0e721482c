#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What the ledger keeps, as values: energy of a meter over a span of time, events, and the accounts' working state.
/// docs/ledger.md is the format's own page.
namespace pue::ledger {

/// Milliseconds since 1970-01-01T00:00:00Z.
using UnixMs = std::int64_t;

/// When something is written, on both clocks.
struct Stamp {
  UnixMs time = 0;
  std::string boot_id;
  std::int64_t boottime = 0;  ///< milliseconds of CLOCK_BOOTTIME
};

/// What is to be said of an energy record besides its numbers. Bits of EnergyRow::quality.
enum Quality : std::uint32_t {  // NOLINT(performance-enum-size): bits of a number of this size
  k_partial = 1U << 0,          ///< covered for less than its length
  k_gap_filled = 1U << 1,       ///< a register's difference over a gap: measured, but its course inside is not known
  k_reset = 1U << 2,            ///< the counter began again
  k_rollover = 1U << 3,         ///< the counter passed its end
  k_replaced = 1U << 4,         ///< the meter was replaced
  k_estimated = 1U << 5,        ///< holds substituted energy
  k_clock_adjusted = 1U << 6,   ///< the clock was stepped inside
  k_unsynchronised = 1U << 7,   ///< the clock was not known to be right
  k_reversed = 1U << 8,         ///< energy flowed backwards
  k_imported = 1U << 9,         ///< from another system
  k_corrected = 1U << 10,       ///< taken back or set by hand
  k_implausible = 1U << 11,     ///< beyond what the meter can have seen; not counted, or counted and doubted
  k_frozen = 1U << 12,          ///< the register stood still while power flowed
};

/// Energy of one meter over [start, start + length). Rows add up: what a meter counted in a period is the sum of its
/// rows in it. A row longer than a quarter of an hour is spread evenly by whoever asks for less.
///
/// The numbers are in the meter's unit: joules, milliliters of water, or degree-seconds of a temperature, with the
/// meter's factor (share, transformer ratio, conversion) applied, but no sign of its role.
struct EnergyRow {
  std::int64_t meter = 0;  ///< id of the meter's record
  UnixMs start = 0;
  std::int64_t length = 0;              ///< milliseconds, above 0
  std::int64_t measured = 0;            ///< from the meter's own register
  std::int64_t integrated = 0;          ///< from readings of power
  std::int64_t substituted = 0;         ///< estimated, imported as such or set by hand
  std::int64_t covered = 0;             ///< milliseconds of `length` that the numbers stand for
  std::uint32_t quality = 0;            ///< of Quality
  std::optional<std::int64_t> reading;  ///< the meter's own register at the end, in whole units before the factor

  bool operator==(const EnergyRow&) const = default;
};

/// Something that happened. `detail` is a JSON object.
struct Event {
  UnixMs time = 0;
  std::string kind;     ///< e.g. "start", "counter-reset"; docs/ledger.md lists them
  std::string subject;  ///< the meter, device or file it is about; may be empty
  std::string detail = "{}";

  bool operator==(const Event&) const = default;
};

/// A meter as one configuration defines it. Numbers are text, so that what is hashed is what is stored.
struct MeterRecord {
  std::string name;
  std::string device;  ///< empty: fed by import alone
  std::string role;
  std::string unit;  ///< "J", "mL" or "degC.s"
  std::string point;
  std::string energy_point;  ///< empty: energy is integrated from power
  std::string share;
  std::string ct_ratio;
  std::string conversion;
  std::string accuracy_class;
  std::string ct_class;
  std::string serial;
  std::string calibrated_until;
  std::string zone;
  std::string service;
  std::string upstream;
  std::string profile;
  int total_sign = 0;   ///< 1 or -1: how its energy enters the facility's total; 0: not
  int it_category = 0;  ///< 1, 2 or 3: its energy is IT energy of that category; 0: not

  bool operator==(const MeterRecord&) const = default;
};

/// What was in force from one batch on.
struct Configuration {
  std::string sha256;  ///< of the configuration file as read, lower-case hexadecimal
  std::string agent_version;
  std::string facility;
  std::string region;
  std::string timezone;
  std::string grid_zone;
  std::string standard;
  std::string method;           ///< "entrance" or "submetered"
  std::string design_it_watts;  ///< empty: not given
  std::string grid_factor;      ///< grams per joule; empty: none
  std::string grid_factor_year;
  std::string grid_factor_source;
  std::vector<MeterRecord> meters;

  bool operator==(const Configuration&) const = default;
};

/// The working state of one account, from which the agent goes on after a restart. Replaced at each commit, not part of
/// the chain; sealed by a signature instead.
///
/// Accounts of meters have the meter's name. Sums of the facility have names that no meter can have: "@total",
/// "@it.ups",
/// "@it.pdu", "@it.rack", "@grid", "@co2" (milligrams).
struct AccountState {
  std::string name;
  std::int64_t measured = 0;  ///< whole units since the account began
  std::int64_t integrated = 0;
  std::int64_t substituted = 0;
  double measured_rest = 0.0;  ///< what is still missing to the next whole unit, 0 to below 1
  double integrated_rest = 0.0;
  double substituted_rest = 0.0;
  std::int64_t recorded_measured = 0;  ///< the part that energy rows of this account's meter hold
  std::int64_t recorded_integrated = 0;
  std::int64_t recorded_substituted = 0;
  UnixMs open_since = 0;          ///< start of the span not yet recorded
  std::int64_t open_covered = 0;  ///< milliseconds of it
  std::uint32_t open_quality = 0;
  std::optional<double> register_value;  ///< last reading of the register, in units before the factor
  double highest_power = 0.0;            ///< ever read, before the factor
  std::optional<double> power;           ///< last reading of power, before the factor
  UnixMs reading_time = 0;               ///< of these two
  std::int64_t reading_boottime = 0;     ///< the same on the boot clock, milliseconds, and
  std::string boot_id;                   ///< the boot that it counts from
  std::uint64_t resets = 0;
  std::uint64_t rollovers = 0;
  std::string serial;  ///< of the meter as last read; empty: not known

  bool operator==(const AccountState&) const = default;
};

}  // namespace pue::ledger
