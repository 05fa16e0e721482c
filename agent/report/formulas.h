#pragma once

#include <span>
#include <string_view>

/// The formulas that a report's figures follow, and where they come from.
namespace pue::report {

struct Formula {
  std::string_view figure;  ///< as JSON names it
  std::string_view symbol;
  std::string_view formula;
  std::string_view unit;
  std::string_view source;
  /// The source's own text was seen. Else the formula, or its limits, are what is commonly said of the source, and a
  /// report must not print them as the standard's word.
  bool seen = false;
};

[[nodiscard]] std::span<const Formula> formulas();
/// The figure must have one.
[[nodiscard]] const Formula& formula_of(std::string_view figure);

}  // namespace pue::report
