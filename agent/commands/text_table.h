#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pue::commands {

/// Rows of text as columns on a terminal. Columns are as wide as their widest cell; CJK characters count double.
class TextTable {
 public:
  enum class Side : std::uint8_t { left, right };
  struct Column {
    std::string title;
    Side side = Side::left;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// @param cells one for each column; missing ones are empty.
  void add(std::vector<std::string> cells);

  /// @return all rows with a title above each column that has any text; columns without text are left out.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// @return whether standard output is a terminal whose user has not asked for plain text (NO_COLOR, TERM=dumb).
[[nodiscard]] bool colour_is_wanted();
/// @return whether standard error is a terminal, so that a progress bar is of use.
[[nodiscard]] bool progress_is_wanted();

}  // namespace pue::commands
