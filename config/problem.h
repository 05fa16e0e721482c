#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pue::config {

/// A place in the configuration. Counts from 1; line 0: no place.
struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  [[nodiscard]] bool given() const { return line != 0; }
  friend bool operator==(const Place&, const Place&) = default;
};

/// A value and where it stands. A value that is not given has no place.
template <class T>
struct Located {
  T value{};
  Place at;

  [[nodiscard]] bool given() const { return at.given(); }
};

/// Something wrong with a configuration, told to the person who wrote it.
struct Problem {
  std::string file;
  Place at;
  std::string key;      ///< path of the key, e.g. "device.ups-a.interval"; empty: no single one
  std::string message;  ///< what was expected, and the nearest known name where that helps
};

/// @return "file:line:column: key: message".
[[nodiscard]] std::string describe(const Problem& problem);
/// @return "file:line", or "file" where there is no place; for messages that name a second place.
[[nodiscard]] std::string describe(const std::string& file, Place at);

}  // namespace pue::config
