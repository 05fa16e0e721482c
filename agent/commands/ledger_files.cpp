#include "agent/commands/ledger_files.h"

#include <cstdlib>
#include <filesystem>

namespace pue::commands {

tl::expected<LedgerFiles, std::string> ledger_files(const config::Settings& settings) {
  if (settings.ledger.path.empty()) {
    return tl::unexpected(settings.file + ": the configuration has no ledger: give [ledger] path");
  }
  // An absolute path on the right takes the place of the folder.
  const auto folder = std::filesystem::path{settings.file}.parent_path();
  const auto path = folder / settings.ledger.path;
  if (settings.ledger.key_file.empty()) return LedgerFiles{.path = path.string(), .key_file = path.string() + ".key"};
  auto key = folder / settings.ledger.key_file;
  if (const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY"); credentials != nullptr) {
    const auto credential = std::filesystem::path{credentials} / settings.ledger.key_file;
    std::error_code unreadable;
    if (std::filesystem::exists(credential, unreadable)) key = credential;
  }
  return LedgerFiles{.path = path.string(), .key_file = key.string()};
}

}  // namespace pue::commands
