#pragma once

#include <vector>

#include "agent/ledger/canonical.h"
#include "agent/ledger/stored.h"

namespace pue::ledger {

/// What one "retention-cut" event says: the rows of the detail batches after `after` up to `through` are gone.
struct AnnouncedCut {
  std::int64_t batch = 0;  ///< that holds the event
  std::int64_t after = 0;
  std::int64_t through = 0;
  std::int64_t rows = 0;
  std::string digest;  ///< of CutDigest over those batches, hexadecimal
};

/// @return the cuts in the order of their events; an event that says none of it is damage.
[[nodiscard]] tl::expected<std::vector<AnnouncedCut>, Error> announced_cuts(Database& database);

void add(CutDigest& digest, const StoredBatch& batch);

}  // namespace pue::ledger
