#include "config/problem.h"

namespace pue::config {

std::string describe(const std::string& file, Place at) {
  return at.given() ? file + ":" + std::to_string(at.line) : file;
}

std::string describe(const Problem& problem) {
  auto text = describe(problem.file, problem.at);
  if (problem.at.given()) text += ":" + std::to_string(problem.at.column);
  if (!problem.key.empty()) text += ": " + problem.key;
  return text + ": " + problem.message;
}

}  // namespace pue::config
