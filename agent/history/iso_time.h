#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace pue::history {

/// Milliseconds since 1970-01-01T00:00:00Z of an ISO 8601 time with its offset: "2025-03-01T00:15:00+08:00",
/// "2025-02-28 16:15Z". Years 1990 to 2199.
/// @return the instant, or what was expected.
[[nodiscard]] tl::expected<std::int64_t, std::string> parse_time(std::string_view text);

/// @return the instant as "2025-02-28T16:15:00Z", with milliseconds where it has some.
[[nodiscard]] std::string written_time(std::int64_t unix_ms);

}  // namespace pue::history
