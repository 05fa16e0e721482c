#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "config/problem.h"
#include "config/web/tls.h"

namespace pue::config {

/// Somebody who may read, by a password that is known as a bcrypt hash alone.
struct WebUser {
  std::string name;
  std::string hash;
};

/// A web configuration file in the schema of Prometheus' exporter-toolkit.
struct WebFile {
  std::optional<TlsSettings> tls;
  std::vector<WebUser> users;                                ///< empty: everybody
  std::vector<std::pair<std::string, std::string>> headers;  ///< in each response, instead of the server's own
};

/// Reads such a file. Never throws, whatever the file contains; no message holds a hash or a key.
/// @return its contents, or everything that is wrong with them (up to 100 problems).
[[nodiscard]] tl::expected<WebFile, std::vector<Problem>> load_web_file(const std::filesystem::path& path);

/// The same for a text at hand; `file` is its name in messages, and relative paths count from its folder.
[[nodiscard]] tl::expected<WebFile, std::vector<Problem>> load_web_text(std::string_view text, const std::string& file);

}  // namespace pue::config
