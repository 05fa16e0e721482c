#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "agent/ledger/error.h"

namespace pue::ledger {

/// The checkpoints as text beside the ledger, each note followed by an empty line: to be copied to where the ledger's
/// machine has no hand.
///
/// Appends, durably, those that the file does not have yet; what an interrupted append left at its end is cut off.
/// @param after gives the notes of the checkpoints larger than a size, in order.
[[nodiscard]] tl::expected<void, Error> append_checkpoints(
    const std::string& path, const std::function<tl::expected<std::vector<std::string>, Error>(std::uint64_t)>& after);

/// @return the size of the last checkpoint in the file; 0 without one.
[[nodiscard]] tl::expected<std::uint64_t, Error> last_size_in(const std::string& path);

}  // namespace pue::ledger
