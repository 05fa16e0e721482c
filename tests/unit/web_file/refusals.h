#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "config/web/web_file.h"

namespace pue::test {

/// Everything that is wrong with a web configuration file, one a line.
inline std::string refusals(std::string_view text) {
  const auto file = config::load_web_text(text, "/etc/web.yml");
  std::string lines;
  if (!file) {
    for (const auto& problem : file.error()) lines += describe(problem) + "\n";
  }
  return lines;
}

inline config::WebFile accepted(std::string_view text) {
  auto file = config::load_web_text(text, "/etc/web.yml");
  INFO(refusals(text));
  REQUIRE(file);
  return std::move(*file);
}

}  // namespace pue::test
