#pragma once

#include "agent/plan/plan.h"
#include "config/settings.h"

/// A step of `build`: where the ledger and its key lie.
namespace pue::plan {

/// A relative path counts from the configuration's folder. A bare name of a key is looked up in $CREDENTIALS_DIRECTORY
/// first; a key that is not named lies beside the ledger, as PATH.key.
[[nodiscard]] Ledger ledger_of(const config::Settings& settings);

}  // namespace pue::plan
