#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "agent/units/secret.h"

namespace pue::config {

/// Passwords and keys from files, each file read once however many devices name it.
///
/// A bare NAME is looked up in $CREDENTIALS_DIRECTORY first where systemd set it, as NAME and as credentials_NAME (what
/// LoadCredential=credentials:DIRECTORY makes of a file in it). Any other path counts from the configuration's folder.
///
/// Refused is what is no regular file, is empty or larger than 4 KiB, holds more than one line, belongs to somebody
/// else than the agent's user or root, or may be read or written by group or others (what systemd lays into its
/// directory may be read by its group). No message ever holds a byte of the contents.
class SecretFiles {
 public:
  using Found = tl::expected<std::shared_ptr<const Secret>, std::string>;

  /// @param credentials systemd's directory, if any.
  SecretFiles(std::filesystem::path folder, std::optional<std::filesystem::path> credentials);
  /// With the directory that the environment names.
  explicit SecretFiles(std::filesystem::path folder);

  /// @return the contents without the line's end; the error says what to do.
  [[nodiscard]] Found read(const std::string& name);
  /// The same, where contents that begin with 0x are a number in hexadecimal, most significant byte first.
  [[nodiscard]] Found read_key(const std::string& name);

 private:
  [[nodiscard]] Found look_up(const std::string& name) const;

  std::filesystem::path folder_;
  std::optional<std::filesystem::path> credentials_;
  std::map<std::string, Found> texts_;
  std::map<std::string, Found> keys_;
};

}  // namespace pue::config
