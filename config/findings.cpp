#include "config/findings.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace pue::config {

void Findings::add(Place at, std::string key, std::string message) {
  add_in(file_, at, std::move(key), std::move(message));
}

void Findings::warn(Place at, std::string key, std::string message) {
  warn_in(file_, at, std::move(key), std::move(message));
}

void Findings::add_in(const std::string& file, Place at, std::string key, std::string message) {
  if (problems_.size() < k_most) problems_.push_back({file, at, std::move(key), std::move(message)});
}

void Findings::warn_in(const std::string& file, Place at, std::string key, std::string message) {
  if (warnings_.size() < k_most) warnings_.push_back({file, at, std::move(key), std::move(message)});
}

std::vector<Problem> Findings::take_sorted() {
  auto problems = std::move(problems_);
  problems_.clear();
  std::sort(problems.begin(), problems.end(), [&](const Problem& a, const Problem& b) {
    const bool a_elsewhere = a.file != file_;
    const bool b_elsewhere = b.file != file_;
    return std::tie(a_elsewhere, a.file, a.at.line, a.at.column, a.key) <
           std::tie(b_elsewhere, b.file, b.at.line, b.at.column, b.key);
  });
  return problems;
}

}  // namespace pue::config
