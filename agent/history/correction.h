#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "agent/ledger/record.h"

namespace pue::history {

/// What takes back the records of one meter in [from, to) and puts another amount in their place. Nothing recorded is
/// ever changed: each record has its counterpart, and their sum is the new amount. What records cover stays covered by
/// them; `rows` cover what was not.
struct Correction {
  std::vector<ledger::EnergyRow> rows;
  std::int64_t before = 0;   ///< whole units that the span held
  std::int64_t after = 0;    ///< and holds with `rows`
  std::size_t reversed = 0;  ///< records that were not taken back before
};

/// @param recorded rows of the meter, under whatever id, that share time with the span, in their order; parts outside
/// it stay.
/// @param meter its id in the configuration in force, for a span in which nothing is recorded.
/// @return what to record; or why that cannot be: the meter changed inside the span, or the amount is no meter's.
[[nodiscard]] tl::expected<Correction, std::string> correct(std::span<const ledger::EnergyRow> recorded,
                                                            ledger::UnixMs from, ledger::UnixMs to, std::int64_t amount,
                                                            std::int64_t meter);

}  // namespace pue::history
