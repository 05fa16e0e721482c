#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Base64 as RFC 4648 section 4 has it, with padding.
namespace pue::ledger {

[[nodiscard]] std::string to_base64(std::string_view bytes);

/// @return nothing unless the text is exactly what to_base64() writes.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace pue::ledger
