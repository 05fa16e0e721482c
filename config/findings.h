#pragma once

#include <string>
#include <vector>

#include "config/problem.h"

namespace pue::config {

/// Where findings are gathered while a file is read: all of them, up to a number nobody reads beyond.
class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}

  void add(Place at, std::string key, std::string message);
  void warn(Place at, std::string key, std::string message);
  /// In another file that the configuration names.
  void add_in(const std::string& file, Place at, std::string key, std::string message);
  void warn_in(const std::string& file, Place at, std::string key, std::string message);

  [[nodiscard]] const std::string& file() const { return file_; }
  /// The problems so far: those of the file itself by line, then those of others.
  [[nodiscard]] std::vector<Problem> take_sorted();
  [[nodiscard]] std::vector<Problem>& problems() { return problems_; }
  [[nodiscard]] std::vector<Problem>& warnings() { return warnings_; }

 private:
  static constexpr std::size_t k_most = 100;
  std::string file_;
  std::vector<Problem> problems_;
  std::vector<Problem> warnings_;
};

}  // namespace pue::config
