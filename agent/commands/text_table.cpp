#include "agent/commands/text_table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace pue::commands {
namespace {

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  bool in_escape = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0x1B) in_escape = true;
    if (!in_escape && (byte & 0xC0) != 0x80) width += byte >= 0xE3 ? 2 : 1;
    if (in_escape && c == 'm') in_escape = false;
  }
  return width;
}

std::string placed(const std::string& cell, std::size_t width, TextTable::Side side) {
  const std::size_t has = width_of(cell);
  const std::string space(has < width ? width - has : 0, ' ');
  return side == TextTable::Side::right ? space + cell : cell + space;
}

}  // namespace

void TextTable::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  const auto write = [&](auto&& cell_of) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] == 0) continue;
      if (!line.empty()) line += "  ";
      line += placed(cell_of(i), std::max(widths[i], width_of(columns_[i].title)), columns_[i].side);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  };
  write([&](std::size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) write([&](std::size_t i) { return row[i]; });
  return out;
}

bool colour_is_wanted() {
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
  return ::isatty(STDOUT_FILENO) == 1 && !is_dumb && (refused == nullptr || *refused == '\0');
}

bool progress_is_wanted() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace pue::commands
