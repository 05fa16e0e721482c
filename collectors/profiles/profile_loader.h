#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "collectors/profiles/profile.h"

namespace pue::profiles {

/// Why a profile cannot be used, for the person who wrote it.
struct ProfileError {
  std::string file;
  std::uint32_t line = 0;  ///< from 1; 0: no place
  std::uint32_t column = 0;
  std::string message;
};

/// @return "file:line:column: message".
[[nodiscard]] std::string describe(const ProfileError& error);

/// Reads one profile (docs/profiles.md). Units become SI: the factor between the file's unit and the SI unit is folded
/// into scale and offset.
/// @param file its name in messages.
/// @return the profile, or the first thing that is wrong with it.
[[nodiscard]] tl::expected<Profile, ProfileError> load_profile(std::string_view text, const std::string& file);

/// What a profile's file calls them: "u32", "CDAB" (of the values' width), "counter".
[[nodiscard]] std::string_view name_of(RegisterType type);
[[nodiscard]] std::string_view name_of(const WordOrder& order, std::uint16_t words);
[[nodiscard]] std::string_view name_of(PointKind kind);

}  // namespace pue::profiles
