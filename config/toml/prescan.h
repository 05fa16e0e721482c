#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pue::safe_toml {

/// What is wrong with a text, and where. Lines and columns count from 1, columns in characters; 0: no place.
struct ParseError {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string message;
};

struct Limits {
  std::size_t bytes = 1U << 20;     ///< of the whole text
  std::size_t line_bytes = 4096;    ///< of one line
  unsigned key_depth = 16;          ///< parts of one dotted key
  unsigned nesting = 16;            ///< of [ and { outside strings
  std::size_t elements = 1U << 17;  ///< `=`, `,`, `[` and `{` outside strings, which bounds keys and values
};

/// Looks for what would hurt the parser behind it: sizes and depths above the limits, bytes that are no UTF-8, control
/// characters, and characters other than ASCII outside strings and comments (no valid TOML has them there, and toml++
/// 3.3 answers some with an abort). One pass, no memory.
/// @return the first such finding.
[[nodiscard]] std::optional<ParseError> prescan(std::string_view text, const Limits& limits = {});

}  // namespace pue::safe_toml
