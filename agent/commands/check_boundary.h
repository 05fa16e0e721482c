#pragma once

#include <string>
#include <vector>

#include "agent/plan/plan.h"

namespace pue::commands {

/// One meter in the tree of the single-line diagram.
struct TreeRow {
  plan::MeterId meter = 0;
  std::string branch;  ///< lines before the name: "├─ ", "│  └─ "; empty for a root
};

/// @return all meters, each below the one it is upstream of, in the configuration's order.
[[nodiscard]] std::vector<TreeRow> tree_of(const plan::Plan& plan);

/// @return what is summed, in the meters' own names: "utility-a + 0.5 * utility-b - export".
[[nodiscard]] std::string sum_of(const plan::Plan& plan, const std::vector<plan::MeterId>& meters,
                                 const std::vector<double>& signs = {});

}  // namespace pue::commands
