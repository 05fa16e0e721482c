#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "agent/history/meter_history.h"
#include "agent/ledger/record.h"

namespace pue::history {

/// A meter that was taken out and another put in its place.
struct Replacement {
  std::int64_t old_reading = 0;  ///< of the old meter when it was taken out, in millionths of a kWh or a cubic meter
  std::int64_t new_reading = 0;  ///< of the new one when it was put in
  std::string new_serial;        ///< empty: not known
  ledger::UnixMs time = 0;
  std::optional<double> max_power{};  ///< what the circuit can carry, watts or m3/s as the old meter would show it
};

/// What a replacement makes of a meter's account.
struct Replaced {
  ledger::AccountState account;
  std::vector<ledger::EnergyRow> rows;  ///< what was not yet recorded of the old meter; their `meter` is not set
  std::int64_t energy = 0;              ///< whole units that the old meter counted since the account's last reading
};

/// @param account as last committed; its name alone where the meter was never read.
/// @param max_gap_ms a difference over more is marked as one whose course is not known.
/// @return what to record; or why that cannot be. What the old meter counted last is bounded as every difference of a
/// register is: a digit too much on the command line must not become energy that nobody can take back from a total.
[[nodiscard]] tl::expected<Replaced, std::string> replace(const Scale& scale, const ledger::AccountState& account,
                                                          const Replacement& replacement, std::int64_t max_gap_ms);

}  // namespace pue::history
