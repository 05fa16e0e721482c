#pragma once

#include <filesystem>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/settings.h"

namespace pue::config {

/// Reads a configuration file. Never throws, whatever the file contains.
/// @return the settings, or everything that is wrong with them (up to 100 problems).
[[nodiscard]] tl::expected<Settings, std::vector<Problem>> load(const std::filesystem::path& path);

/// The same for a text at hand; `file` is its name in messages.
[[nodiscard]] tl::expected<Settings, std::vector<Problem>> load_text(std::string_view text, const std::string& file);

}  // namespace pue::config
