#include "agent/plan/ledger_files.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace pue::plan {
namespace {

namespace fs = std::filesystem;

/// @return the file of this name that systemd laid out for the service, if any.
std::optional<fs::path> among_credentials(const std::string& name) {
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  const bool bare = name.find('/') == std::string::npos && name != ".." && name != ".";
  if (directory == nullptr || directory[0] != '/' || !bare) return std::nullopt;
  auto file = fs::path{directory} / name;
  std::error_code unreadable;
  if (!fs::exists(file, unreadable)) return std::nullopt;
  return file;
}

}  // namespace

Ledger ledger_of(const config::Settings& settings) {
  const auto& given = settings.ledger;
  Ledger ledger;
  if (given.path.empty()) return ledger;
  const auto folder = fs::path{settings.file}.parent_path();
  ledger.path = (folder / given.path).string();
  ledger.key_file = ledger.path + ".key";
  if (!given.key_file.empty()) {
    ledger.key_file = among_credentials(given.key_file).value_or(folder / given.key_file).string();
  }
  if (given.commit_interval) ledger.commit_interval = *given.commit_interval;
  if (given.record_interval) ledger.record_interval = *given.record_interval;
  return ledger;
}

}  // namespace pue::plan
