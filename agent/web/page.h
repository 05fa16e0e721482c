#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/exposition/sources.h"

/// The status page, written by the server: it needs no script and no resource from elsewhere, and renews itself.
namespace pue::web {

enum class Language : std::uint8_t { english, chinese };

/// @return the language that `?lang=` names, else the one the browser prefers; English where neither is known.
[[nodiscard]] Language language_of(std::string_view asked, std::string_view accept_language);

[[nodiscard]] std::string page(const exposition::Sources& sources, Language language);

/// @return the page's style sheet.
[[nodiscard]] std::string_view style();

/// @return the text as it may stand in an HTML element or a quoted attribute.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace pue::web
