#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace pue::config {

/// @return whether the text means the hosts of a network, such as 10.2.0.0/24.
[[nodiscard]] inline bool is_network(std::string_view text) { return text.find('/') != std::string_view::npos; }

/// Writes out the hosts of an IPv4 network, "10.2.0.0/24" or "10.2.0.0/24:6230": all its addresses but the first, which
/// names it, and the last, which is everybody's. A /31 has both of its two, a /32 its one.
/// @return all of them, at most `most`, each with the port where one is given; or what is wrong.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> expand_network(std::string_view text,
                                                                                 std::size_t most);

}  // namespace pue::config
