#include "config/findings.h"

#include <algorithm>
#include <utility>

namespace pue::config {

void Findings::add(Place at, std::string key, std::string message) {
  if (problems_.size() < k_most) problems_.push_back({file_, at, std::move(key), std::move(message)});
}

void Findings::warn(Place at, std::string key, std::string message) {
  if (warnings_.size() < k_most) warnings_.push_back({file_, at, std::move(key), std::move(message)});
}

std::vector<Problem> Findings::take_sorted() {
  auto problems = std::move(problems_);
  problems_.clear();
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.at.line < b.at.line; });
  return problems;
}

}  // namespace pue::config
