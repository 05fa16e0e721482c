#pragma once

#include <string>
#include <tl/expected.hpp>

#include "config/settings.h"

namespace pue::commands {

struct LedgerFiles {
  std::string path;
  std::string key_file;
};

/// Where a configuration keeps its ledger and the key that signs it. Relative paths count from the configuration's
/// folder; a key may also be a credential of that name. Without `key_file` the key lies beside the ledger.
/// @return a message if the configuration names no ledger.
[[nodiscard]] tl::expected<LedgerFiles, std::string> ledger_files(const config::Settings& settings);

}  // namespace pue::commands
