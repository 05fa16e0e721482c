#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/units/time.h"

namespace pue::plan {

/// Where IT energy is measured: the measurement categories 1, 2 and 3 of ISO/IEC 30134-2.
enum class Layer : std::uint8_t { ups, pdu, rack };
inline constexpr std::array k_layers{Layer::ups, Layer::pdu, Layer::rack};

/// @return the `measured_at` label.
[[nodiscard]] constexpr std::string_view name_of(Layer layer) {
  constexpr std::array<std::string_view, 3> names{"ups", "pdu", "rack"};
  return names[static_cast<std::size_t>(layer)];
}
/// @return 1, 2 or 3.
[[nodiscard]] constexpr int category_of(Layer layer) { return static_cast<int>(layer) + 1; }

/// The rolling windows kept in memory.
enum class Window : std::uint8_t { minutes_15, hour_1, day_1 };
inline constexpr std::array k_windows{Window::minutes_15, Window::hour_1, Window::day_1};

/// @return the `window` label.
[[nodiscard]] constexpr std::string_view name_of(Window window) {
  constexpr std::array<std::string_view, 3> names{"15m", "1h", "1d"};
  return names[static_cast<std::size_t>(window)];
}
[[nodiscard]] constexpr Duration length_of(Window window) {
  constexpr std::array<std::chrono::minutes, 3> lengths{std::chrono::minutes{15}, std::chrono::minutes{60},
                                                        std::chrono::minutes{1440}};
  return lengths[static_cast<std::size_t>(window)];
}

}  // namespace pue::plan
