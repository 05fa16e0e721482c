#pragma once

#include <string_view>

namespace pue::config {

/// @return the text of config/data/grid_factors_cn.toml, embedded.
[[nodiscard]] std::string_view embedded_grid_factors();

}  // namespace pue::config
