#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pue::config {

/// @return the candidate that takes the fewest changes of a character (Levenshtein) to become `word`, unless that is
/// more than a slip: a third of its length, at least 2. Where there is none such, the only one that begins with `word`.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

/// @return ", did you mean 'x'?", or nothing where no candidate is near.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace pue::config
