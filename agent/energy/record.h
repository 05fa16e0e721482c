#pragma once

#include <cstdint>
#include <optional>

#include "agent/pipeline/ledger_message.h"
#include "agent/units/time.h"

namespace pue::energy {

/// How a span of energy became known; the ledger keeps the three apart.
enum class Kind : std::uint8_t {
  measured,     ///< by the meter's own register
  integrated,   ///< by the agent, from readings of power
  substituted,  ///< put in the place of what the register did not tell
};
inline constexpr std::size_t k_kinds = 3;

/// What is said of a record besides its numbers; the bits are those of the ledger (docs/ledger.md, "Quality").
namespace quality {
inline constexpr std::uint32_t k_partial = 1U << 0;
inline constexpr std::uint32_t k_gap_filled = 1U << 1;
inline constexpr std::uint32_t k_reset = 1U << 2;
inline constexpr std::uint32_t k_rollover = 1U << 3;
inline constexpr std::uint32_t k_replaced = 1U << 4;
inline constexpr std::uint32_t k_estimated = 1U << 5;
inline constexpr std::uint32_t k_clock_adjusted = 1U << 6;
inline constexpr std::uint32_t k_unsynchronised = 1U << 7;
inline constexpr std::uint32_t k_reversed = 1U << 8;
inline constexpr std::uint32_t k_implausible = 1U << 11;
inline constexpr std::uint32_t k_frozen = 1U << 12;
}  // namespace quality

/// A span of one account's energy that is closed: it goes to the ledger and never changes.
struct Record {
  Instant from;
  Instant to;
  std::int64_t energy[k_kinds] = {};  ///< whole units, by Kind
  Duration covered{};                 ///< of the span
  std::uint32_t quality = 0;
  bool detail = false;            ///< a finer one, beside those that are summed
  std::optional<double> reading;  ///< the register as last read before `to`, in units before the factor
};

/// Something that happened to an account and that the ledger tells as an event.
struct Occurrence {
  using What = LedgerEvent::Kind;

  What what = What::gap;
  Instant from;
  Instant to;
  double before = 0.0;  ///< rollover, reset, replaced: the register's last reading; implausible: energy by the
                        ///< register; exchanged: serial number; phases: their sum; balance: what is below;
                        ///< still: the power that does not change
  double after = 0.0;   ///< ... and its next one; estimate: energy put in; implausible: energy by power
};

/// Takes what accounts have to tell, in the place where it happens. Must not call back.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void record(const Record& record) = 0;
  virtual void happened(const Occurrence& occurrence) = 0;
};

/// The instants at which records are cut: a grid on the boot clock that falls on quarter-hours (or minutes) of UTC.
struct CutGrid {
  Instant origin{};                                  ///< one of them
  Duration length = std::chrono::hours{24 * 36500};  ///< as it is: never within the life of a machine

  /// @return the first cut later than `at`.
  [[nodiscard]] constexpr Instant after(Instant at) const {
    const auto since = at - origin;
    auto whole = since / length;
    if (since < whole * length) --whole;  // division truncates towards zero
    return origin + (whole + 1) * length;
  }
};

}  // namespace pue::energy
