#include "agent/commands/ledger_files.h"

#include "agent/plan/ledger_files.h"

namespace pue::commands {

tl::expected<plan::Ledger, std::string> ledger_files(const config::Settings& settings) {
  auto ledger = plan::ledger_of(settings);
  if (ledger.kept()) return ledger;
  return tl::unexpected(settings.file + ": the configuration has no ledger: give [ledger] path");
}

}  // namespace pue::commands
