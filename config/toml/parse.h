#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "config/toml/prescan.h"
#include "config/toml/toml.h"

/// TOML from outside. Nothing a file can contain ends the process or costs more than a few milliseconds and some
/// megabytes (docs/configuration.md, "Limits").
namespace pue::safe_toml {

/// @return the table of `text`; nodes know their line and column (`node.source().begin`).
[[nodiscard]] tl::expected<toml::table, ParseError> parse(std::string_view text, const Limits& limits = {});

/// @return the bytes of a regular file of at most `limits.bytes`; devices, pipes and directories are refused, and a
/// larger file is never read whole. The error has no place.
[[nodiscard]] tl::expected<std::string, ParseError> read_file(const std::filesystem::path& path,
                                                              const Limits& limits = {});

}  // namespace pue::safe_toml
