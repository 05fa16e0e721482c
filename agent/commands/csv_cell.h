#pragma once

#include <string>
#include <string_view>

namespace pue::commands {

/// @return `text` as a cell of a CSV file, in quotes where it needs them (RFC 4180).
[[nodiscard]] inline std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string{text};
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

}  // namespace pue::commands
