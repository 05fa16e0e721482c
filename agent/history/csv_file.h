#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "agent/units/sha256.h"

namespace pue::history {

/// A CSV file (RFC 4180) read line by line, whatever its size, with its SHA-256 on the way. A byte order mark and CRLF
/// are taken as what they are; a line that is too long or not well formed is a problem of that line alone.
class CsvFile {
 public:
  static constexpr std::size_t k_longest_line = 4096;
  static constexpr std::size_t k_most_fields = 32;

  /// Opens a regular file. The error says what is wrong with it.
  [[nodiscard]] static tl::expected<CsvFile, std::string> open(const std::string& path);
  ~CsvFile();
  CsvFile(CsvFile&& other) noexcept;
  CsvFile(const CsvFile&) = delete;
  CsvFile& operator=(const CsvFile&) = delete;
  CsvFile& operator=(CsvFile&&) = delete;

  /// Goes to the next line that is not empty.
  /// @return whether there is one.
  [[nodiscard]] bool next();

  [[nodiscard]] std::size_t line() const { return line_; }
  /// Of the line at hand, without quotes and blanks around; valid until next().
  [[nodiscard]] std::span<const std::string_view> fields() const { return fields_; }
  /// What is wrong with the line at hand; empty: nothing.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// Why reading ended before the file's end; empty: it did not.
  [[nodiscard]] const std::string& failure() const { return failure_; }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  /// Of the whole file, once it was read to its end.
  [[nodiscard]] std::string sha256() { return hexadecimal(hash_->finish()); }

 private:
  CsvFile(int descriptor, std::uint64_t size);

  [[nodiscard]] bool fill();
  [[nodiscard]] bool read_line();
  void split();
  void take_quoted(std::size_t& at);

  int descriptor_;
  std::uint64_t size_;
  std::uint64_t bytes_read_ = 0;
  std::unique_ptr<Sha256> hash_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string text_;  ///< of the line, quotes already resolved up to where fields_ point
  bool too_long_ = false;
  std::size_t line_ = 0;
  std::vector<std::string_view> fields_;
  std::string problem_;
  std::string failure_;
};

}  // namespace pue::history
