#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace pue::config {

/// Writes out the ranges of a text: "10.2.{0-3}.{1-254}" is 10.2.0.1, 10.2.0.2 and so on, the last range running
/// fastest; "node-{001-120}" keeps its zeros.
/// @return all of them, at most `most`, or what is wrong.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> expand_ranges(std::string_view text,
                                                                                std::size_t most);

}  // namespace pue::config
