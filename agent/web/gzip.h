#pragma once

#include <string>

namespace pue::web {

/// @return `text` as a gzip file, packed for speed; nothing (an empty string) when zlib has no memory.
[[nodiscard]] std::string gzip(const std::string& text);

}  // namespace pue::web
