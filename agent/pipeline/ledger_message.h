#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "agent/units/quantity.h"

/// What travels from the engine to the ledger's thread. Numbers alone: names are the plan's business, and are put on
/// when it is written down.
namespace pue {

/// A closed span of a meter's energy. Times in milliseconds since 1970 UTC.
struct LedgerRecord {
  std::uint32_t meter = 0;
  bool detail = false;  ///< a finer one, beside those that are summed
  std::uint32_t quality = 0;
  std::int64_t start = 0;
  std::int64_t length = 0;
  std::array<std::int64_t, 3> energy{};  ///< measured, integrated, substituted
  std::int64_t covered = 0;
  std::optional<double> reading;
};

/// The state of one account at a commit.
struct LedgerAccount {
  std::uint32_t account = 0;  ///< a meter, or behind the last meter one of FacilitySum
  std::uint32_t open_quality = 0;
  std::array<std::int64_t, 3> whole{};
  std::array<double, 3> rest{};
  std::array<std::int64_t, 3> recorded{};
  std::int64_t open_since = 0;
  std::int64_t open_covered = 0;
  std::optional<double> register_value;
  std::optional<double> power;
  std::optional<double> serial_number;
  double highest_power = 0.0;
  std::int64_t reading_time = 0;
  std::int64_t reading_boottime = 0;  ///< milliseconds on the boot clock; -1: of another boot
  std::uint64_t resets = 0;
  std::uint64_t rollovers = 0;
};

/// The facility's sums, in the order of their accounts.
enum class FacilitySum : std::uint8_t { total, it_ups, it_pdu, it_rack, grid, co2 };
inline constexpr std::size_t k_facility_sums = 6;

struct LedgerEvent {
  enum class Kind : std::uint8_t {
    rollover,
    reset,
    replaced,
    gap,
    estimate,
    frozen,
    implausible,
    exchanged,
    phases,
    balance,
    still,
    clock_step,
    suspend,
    unsynchronised,
    synchronised,
    lost,  ///< as many events as `after` says found no room
  };

  Kind kind = Kind::gap;
  std::optional<std::uint32_t> meter;
  std::int64_t time = 0;  ///< of the event
  std::int64_t from = 0;  ///< of what it is about
  std::int64_t to = 0;
  double before = 0.0;
  double after = 0.0;
};

/// Energies of one quarter-hour of UTC that an earlier run recorded; rolling windows begin with them.
struct LedgerQuarter {
  struct Pair {
    Joules numerator;
    Joules denominator;
    Joules integrated;  ///< the part of both that came from power
  };
  std::int64_t start = 0;                     ///< milliseconds since 1970 UTC
  std::array<std::optional<Pair>, 3> layers;  ///< total over IT energy; nothing where a meter is not covered in full
  std::vector<std::optional<Pair>> zones;     ///< overhead over IT energy
};

/// Everything before this belongs together and is to be written in one transaction.
struct LedgerCommit {
  std::int64_t time = 0;
  std::int64_t boottime = 0;
};

using LedgerMessage = std::variant<LedgerRecord, LedgerAccount, LedgerEvent, LedgerCommit>;
static_assert(std::is_trivially_copyable_v<LedgerMessage>);

}  // namespace pue
