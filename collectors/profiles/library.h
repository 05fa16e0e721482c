#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "collectors/profiles/profile_loader.h"

namespace pue::profiles {

/// One file of the library that is part of the binary.
struct EmbeddedFile {
  std::string_view name;  ///< without ".toml"
  std::string_view text;
};

/// @return every file of collectors/profiles, sorted by name; those that begin with "_" and quantities.toml are no
/// profiles.
[[nodiscard]] std::span<const EmbeddedFile> embedded_files();
/// @return the text of one of them; empty where there is none.
[[nodiscard]] std::string_view embedded_file(std::string_view name);

/// The device library: what is embedded, overridden file by file by a site's own directory, and the profile of BMCs,
/// which is no file. Parses on demand and keeps what it parsed; equal names give the same profile. Any thread.
class Library {
 public:
  explicit Library(std::optional<std::filesystem::path> site_directory = std::nullopt);

  /// @param name_or_path a name of the library, or the path of a TOML file (anything with a slash or ".toml").
  /// @return the profile, or why it cannot be used: unknown (with the nearest names), wrong, or a draft that was not
  /// asked for.
  [[nodiscard]] tl::expected<std::shared_ptr<const Profile>, ProfileError> find(const std::string& name_or_path,
                                                                                bool allow_draft) const;

  /// @return all names, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  using Result = tl::expected<std::shared_ptr<const Profile>, ProfileError>;

  [[nodiscard]] Result load(const std::string& name_or_path) const;
  [[nodiscard]] std::string nearest(std::string_view name) const;

  std::optional<std::filesystem::path> site_directory_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Result> loaded_;
};

}  // namespace pue::profiles
