// Whatever a device or a configuration calls itself: as a label it is one line of valid UTF-8, and a parser that
// follows the text format gets the cleaned name back.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/exposition/series.h"
#include "agent/exposition/text_format.h"
#include "agent/log/log.h"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

/// Without surrogates, overlong forms and what lies beyond Unicode.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t more = lead < 0x80 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || text.size() - i < more + 1) return false;
    std::uint32_t point = more == 0 ? lead : lead & (0x3FU >> more);
    for (std::size_t k = 1; k <= more; ++k) {
      const auto byte = static_cast<std::uint8_t>(text[i + k]);
      if ((byte & 0xC0) != 0x80) return false;
      point = (point << 6U) | (byte & 0x3FU);
    }
    if ((more == 2 && (point < 0x800 || (point >= 0xD800 && point < 0xE000))) ||
        (more == 3 && (point < 0x10000 || point > 0x10FFFF))) {
      return false;
    }
    i += more + 1;
  }
  return true;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      must(text[i] != '"' && text[i] != '\n');
      out += text[i];
      continue;
    }
    must(++i < text.size());
    must(text[i] == '\\' || text[i] == '"' || text[i] == 'n');
    out += text[i] == 'n' ? '\n' : text[i];
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto half = text.substr(0, size / 2);
  const auto values = pue::exposition::label_values({std::string{half}, std::string{text.substr(size / 2)}});
  must(values.size() == 2 && values[0] != values[1]);
  for (const auto& value : values) {
    must(is_utf8(value));
    std::string label;
    pue::exposition::append_label_value(label, value);
    must(label.find('\n') == std::string::npos);
    must(unescaped(label) == value);
    for (const char c : value) must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  }
  std::string raw;
  pue::exposition::append_label_value(raw, half);
  must(unescaped(raw) == half);
  return 0;
}
