#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// Records on standard error, one line each, as logfmt or JSON. Any thread may write; a record is one write(2).
namespace pue::log {

enum class Level : std::uint8_t { debug, info, warn, error };
enum class Format : std::uint8_t { logfmt, json };

/// @return the level of "debug", "info", "warn" or "error".
[[nodiscard]] std::optional<Level> level_from(std::string_view text);
/// @return the format of "logfmt" or "json".
[[nodiscard]] std::optional<Format> format_from(std::string_view text);

/// Sets what is written from now on. Before the first call: info and above, as logfmt.
void configure(Level least, Format format);
[[nodiscard]] bool enabled(Level level);

struct Field {
  std::string_view key;
  std::string value;
};

/// Writes one record. Control characters in `message` and in values are escaped and invalid UTF-8 is replaced, so that
/// whatever a device says stays inside its line.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::info, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::warn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::error, message, fields);
}

/// @return `text` as valid UTF-8 of at most `max_bytes` bytes without control characters; bytes that are no UTF-8 are
/// taken as Latin-1, which is what devices send.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = 128);

}  // namespace pue::log
