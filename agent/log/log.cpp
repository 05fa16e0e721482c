#include "agent/log/log.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <ctime>

namespace pue::log {
namespace {

std::atomic<Level> g_least{Level::info};
std::atomic<Format> g_format{Format::logfmt};

constexpr std::array<std::string_view, 4> k_names{"debug", "info", "warn", "error"};
constexpr std::size_t k_max_value_bytes = 2048;

/// @return the length of the valid UTF-8 sequence at the start of `text`, 0 where there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  if (byte(0) < 0x80) return 1;
  if (byte(0) >= 0xC2 && byte(0) <= 0xDF) return continues(1) ? 2 : 0;
  if (byte(0) >= 0xE0 && byte(0) <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (byte(0) == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
    if (byte(0) == 0xED && byte(1) > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (byte(0) >= 0xF0 && byte(0) <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (byte(0) == 0xF0 && byte(1) < 0x90) return 0;  // overlong
    if (byte(0) == 0xF4 && byte(1) > 0x8F) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

/// @return the code point of a valid sequence of `length` bytes.
std::uint32_t code_point(std::string_view text, std::size_t length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (length == 1) return byte(0);
  std::uint32_t point = byte(0) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) point = (point << 6) | (byte(i) & 0x3FU);
  return point;
}

/// Whether a terminal or a browser would do something with the character instead of showing it: the control
/// characters, the two separators of lines, and what turns the direction of writing.
bool is_control(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || (point >= 0x200E && point <= 0x200F) ||
         (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

/// Appends `text` as the inside of a JSON string; logfmt quotes the same way.
void append_escaped(std::string& out, std::string_view text) {
  const std::size_t most = out.size() + k_max_value_bytes;
  while (!text.empty() && out.size() < most) {
    const std::size_t length = utf8_length(text);
    const std::uint32_t point = length == 0 ? 0 : code_point(text, length);
    if (length == 0) {
      out += "\\ufffd";
    } else if (point == '"' || point == '\\') {
      out += '\\';
      out += static_cast<char>(point);
    } else if (point == '\n') {
      out += "\\n";
    } else if (point == '\t') {
      out += "\\t";
    } else if (is_control(point)) {
      std::array<char, 16> buffer{};
      std::snprintf(buffer.data(), buffer.size(), "\\u%04x", static_cast<unsigned>(point));
      out += buffer.data();
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

bool needs_quotes(std::string_view text) {
  if (text.empty() || text.size() > k_max_value_bytes) return true;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= 0x20 || u == '"' || u == '=' || u == '\\' || u >= 0x7F) return true;
  }
  return false;
}

std::string time_stamp() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  std::array<char, 40> buffer{};
  const auto n = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(buffer.data() + n, buffer.size() - n, ".%03ldZ", now.tv_nsec / 1'000'000);
  return buffer.data();
}

void append_logfmt(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty()) out += ' ';
  out += key;
  out += '=';
  if (!needs_quotes(value)) {
    out += value;
    return;
  }
  out += '"';
  append_escaped(out, value);
  out += '"';
}

void append_json(std::string& out, std::string_view key, std::string_view value) {
  out += out.empty() ? "{\"" : ",\"";
  out += key;
  out += "\":\"";
  append_escaped(out, value);
  out += '"';
}

}  // namespace

std::optional<Level> level_from(std::string_view text) {
  for (std::size_t i = 0; i < k_names.size(); ++i) {
    if (k_names[i] == text) return static_cast<Level>(i);
  }
  return std::nullopt;
}

std::optional<Format> format_from(std::string_view text) {
  if (text == "logfmt") return Format::logfmt;
  if (text == "json") return Format::json;
  return std::nullopt;
}

void configure(Level least, Format format) {
  // relaxed: two settings that publish nothing else
  g_least.store(least, std::memory_order_relaxed);
  g_format.store(format, std::memory_order_relaxed);
}

bool enabled(Level level) { return level >= g_least.load(std::memory_order_relaxed); }

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  const bool json = g_format.load(std::memory_order_relaxed) == Format::json;
  const auto append = json ? append_json : append_logfmt;
  std::string line;
  line.reserve(256);
  append(line, "ts", time_stamp());
  append(line, "level", k_names[static_cast<std::size_t>(level)]);
  append(line, "msg", message);
  for (const auto& field : fields) append(line, field.key, field.value);
  line += json ? "}\n" : "\n";
  // A full or closed standard error must not end the agent, and there is nowhere to say it.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto c = static_cast<unsigned char>(text.front());
    std::string piece;
    if (length == 0) {
      if (c >= 0xA0) piece = {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 0x3F))};
    } else if (!is_control(code_point(text, length))) {
      piece = text.substr(0, length);
    }
    if (out.size() + piece.size() > max_bytes) break;
    out += piece;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace pue::log
