#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/plan/plan.h"

namespace pue::commands {

/// One meter in the tree of the single-line diagram.
struct TreeRow {
  plan::MeterId meter = 0;
  std::string branch;     ///< lines before the name: "├─ ", "│  └─ "; empty for a root
  std::size_t alike = 1;  ///< this many meters of one fleet, of which `meter` is the first
};

/// @return the fleet whose devices' own meters this is one of.
[[nodiscard]] std::optional<std::uint32_t> fleet_of(const plan::Plan& plan, const plan::Meter& meter);

/// @return all meters, each below the one it is upstream of, in the configuration's order; those of a fleet that lie
/// side by side are one row.
[[nodiscard]] std::vector<TreeRow> tree_of(const plan::Plan& plan);

/// @return what is summed, in the meters' own names: "utility-a + 0.5 * utility-b - export + fleet web (120 meters)".
[[nodiscard]] std::string sum_of(const plan::Plan& plan, const std::vector<plan::MeterId>& meters,
                                 const std::vector<double>& signs = {});

}  // namespace pue::commands
