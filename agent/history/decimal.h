#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pue::history {

/// Largest number that is taken, in millionths: 1e11 kWh is more than any register of a site counts.
inline constexpr std::int64_t k_most_millionths = 100'000'000'000'000'000;

/// A plain decimal number ("1234.5", "-3", "5e-05") in millionths, exactly; digits beyond are rounded half away from
/// zero.
/// @return nothing where it is none (also NaN, infinity, "1,234.5", "0x10") or exceeds k_most_millionths.
[[nodiscard]] std::optional<std::int64_t> millionths(std::string_view text);

}  // namespace pue::history
