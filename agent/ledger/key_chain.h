#pragma once

#include <vector>

#include "agent/ledger/note.h"
#include "agent/ledger/sqlite.h"

namespace pue::ledger {

/// A key of a ledger, and from which batch on it signs. At that batch itself both it and its predecessor sign.
struct KeyTerm {
  std::int64_t from_batch = 0;
  NamedKey key;
};

/// The keys that a ledger says it was signed with, first to last: that of `about`, then one for each "key-rotation"
/// event. An event that does not go on from the key before it is damage.
[[nodiscard]] tl::expected<std::vector<KeyTerm>, Error> key_chain(Database& database);

}  // namespace pue::ledger
