#include "config/nearest.h"

#include <algorithm>
#include <numeric>

namespace pue::config {
namespace {

constexpr std::size_t k_longest = 64;

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::optional<std::string> begun(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t shortest = 3;
  const auto begins = [&](const std::string& candidate) { return candidate.starts_with(word); };
  if (word.size() < shortest || std::ranges::count_if(candidates, begins) != 1) return std::nullopt;
  return *std::ranges::find_if(candidates, begins);
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > k_longest) return std::nullopt;
  const auto allowed = std::max<std::size_t>(2, word.size() / 3);
  const std::string* best = nullptr;
  auto best_distance = allowed + 1;
  for (const auto& candidate : candidates) {
    const auto difference = std::max(candidate.size(), word.size()) - std::min(candidate.size(), word.size());
    if (difference >= best_distance) continue;
    const auto changes = distance(word, candidate);
    if (changes >= best_distance || changes >= std::max(word.size(), candidate.size())) continue;
    best = &candidate;
    best_distance = changes;
  }
  return best == nullptr ? begun(word, candidates) : std::optional(*best);
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = nearest(word, candidates);
  return near ? ", did you mean '" + *near + "'?" : std::string{};
}

}  // namespace pue::config
