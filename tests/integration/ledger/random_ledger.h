#pragma once

#include <cstdint>
#include <string>

namespace pue::ledger {

/// Writes a ledger of its own for each seed: configurations, energy, minutes, events, checkpoints, cuts and changes of
/// keys in random order. Its keys lie beside it.
void write_random_ledger(const std::string& path, std::uint64_t seed);

}  // namespace pue::ledger
