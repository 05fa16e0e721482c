#include "config/toml/prescan.h"

namespace pue::safe_toml {
namespace {

/// @return length of the valid UTF-8 sequence at the beginning of `text`, 0 where there is none (overlong forms,
/// surrogates and values above U+10FFFF are none).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

bool is_bare(unsigned char c) {
  return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

class Scanner {
 public:
  Scanner(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  std::optional<ParseError> scan() {
    if (text_.size() > limits_.bytes) {
      return ParseError{0, 0,
                        "file is larger than " + std::to_string(limits_.bytes / 1024) + " KiB, the limit for its kind"};
    }
    if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF")) {
      return ParseError{1, 1, "file is UTF-16: save it as UTF-8"};
    }
    if (ahead("\xEF\xBB\xBF")) position_ = line_begin_ = 3;
    while (position_ < text_.size() && !error_) step();
    return error_;
  }

 private:
  enum class State : std::uint8_t { plain, comment, basic, literal, basic_lines, literal_lines };

  void fail(std::string message) {
    if (!error_) error_ = ParseError{line_, column_, std::move(message)};
  }

  [[nodiscard]] bool ahead(std::string_view what) const { return text_.substr(position_).starts_with(what); }

  void advance(std::size_t characters) {  // ASCII only
    position_ += characters;
    column_ += static_cast<std::uint32_t>(characters);
  }

  void step() {
    const auto c = static_cast<unsigned char>(text_[position_]);
    if (c == '\n' || ahead("\r\n")) return end_line(c == '\n' ? 1 : 2);
    if (position_ - line_begin_ >= limits_.line_bytes) {
      return fail("line is longer than " + std::to_string(limits_.line_bytes) + " bytes");
    }
    if (c == 0) return fail("NUL byte: the file is no text, or not saved as UTF-8");
    if ((c < 0x20 && c != '\t') || c == 0x7F) return fail("control character " + std::to_string(c));
    if (c >= 0x80) return wide();
    switch (state_) {
      case State::plain:
        return plain(static_cast<char>(c));
      case State::comment:
        return advance(1);
      case State::basic:
        return escaped_or_end(static_cast<char>(c), "\"");
      case State::basic_lines:
        return escaped_or_end(static_cast<char>(c), "\"\"\"");
      case State::literal:
        return until("'");
      case State::literal_lines:
        return until("'''");
    }
  }

  void end_line(std::size_t bytes) {
    position_ += bytes;
    line_begin_ = position_;
    ++line_;
    column_ = 1;
    key_parts_ = 1;
    line_has_text_ = false;
    if (state_ != State::basic_lines && state_ != State::literal_lines) state_ = State::plain;
  }

  void wide() {
    const auto length = sequence_length(text_.substr(position_));
    if (length == 0) return fail("byte that is no valid UTF-8: save the file as UTF-8");
    if (state_ == State::plain) return fail(unquoted());
    position_ += length;
    ++column_;
  }

  /// The message for a character that needs quotes, with the whole word it stands in.
  [[nodiscard]] std::string unquoted() const {
    auto begin = position_;
    while (begin > line_begin_ && is_bare(static_cast<unsigned char>(text_[begin - 1]))) --begin;
    auto end = position_;
    while (end < text_.size() && end - begin < 64 && is_bare(static_cast<unsigned char>(text_[end]))) {
      const auto length = sequence_length(text_.substr(end));
      if (length == 0) break;
      end += length;
    }
    const auto word = std::string(text_.substr(begin, end - begin));
    return "'" + word + "' stands outside quotes: keys and values that are not plain ASCII are written in quotes, \"" +
           word + "\"";
  }

  void plain(char c) {
    const bool first = !line_has_text_;
    line_has_text_ = line_has_text_ || (c != ' ' && c != '\t');
    switch (c) {
      case '#':
        state_ = State::comment;
        break;
      case '"':
      case '\'':
        return open(c);
      case '.':
        if (++key_parts_ > limits_.key_depth) {
          return fail("key has more than " + std::to_string(limits_.key_depth) + " parts");
        }
        break;
      case '[':
        if (depth_ == 0 && first) return header();
        [[fallthrough]];
      case '{':
        if (++depth_ > limits_.nesting) {
          return fail("brackets are nested more than " + std::to_string(limits_.nesting) + " deep");
        }
        return element();
      case ']':
      case '}':
        if (depth_ > 0) --depth_;
        key_parts_ = 1;
        break;
      case '=':
      case ',':
        return element();
      default:
        break;
    }
    advance(1);
  }

  /// The brackets of [table] or [[table]]. A header that begins with no key reaches an assertion in toml++.
  void header() {
    const bool array = ahead("[[");
    depth_ += array ? 2 : 1;
    element();
    if (array) element();
    while (ahead(" ") || ahead("\t")) advance(1);
    const auto next = static_cast<unsigned char>(position_ < text_.size() ? text_[position_] : '\n');
    if (!is_bare(next) && next != '"' && next != '\'') fail("table header has no name");
  }

  void element() {
    key_parts_ = 1;
    if (++elements_ > limits_.elements) {
      return fail("more than " + std::to_string(limits_.elements) + " keys and values");
    }
    advance(1);
  }

  /// A string that begins right behind a word or value is no TOML, and toml++ 3.3 looks into it as if it were outside.
  void open(char quote) {
    constexpr std::string_view before = " \t=,[{.";
    if (position_ > line_begin_ && before.find(text_[position_ - 1]) == std::string_view::npos) {
      return fail("a quote stands right behind a word or value");
    }
    const bool basic = quote == '"';
    if (ahead(basic ? "\"\"\"" : "'''")) {
      state_ = basic ? State::basic_lines : State::literal_lines;
      return advance(3);
    }
    state_ = basic ? State::basic : State::literal;
    advance(1);
  }

  void escaped_or_end(char c, std::string_view quotes) {
    if (c != '\\') return until(quotes);
    const auto next = position_ + 1 < text_.size() ? static_cast<unsigned char>(text_[position_ + 1]) : 0;
    if (next <= ' ' || next >= 0x7F) {
      return fail("backslash is followed by no escape (a backslash at the end of a line is not supported)");
    }
    advance(2);
  }

  void until(std::string_view quotes) {
    if (!ahead(quotes)) return advance(1);
    advance(quotes.size());
    // One or two quotes more belong to the text of a multi-line string: """a"""".
    for (int extra = 0; quotes.size() == 3 && extra < 2 && ahead(quotes.substr(0, 1)); ++extra) advance(1);
    state_ = State::plain;
  }

  std::string_view text_;
  const Limits& limits_;
  std::optional<ParseError> error_;
  State state_ = State::plain;
  std::size_t position_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t elements_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
  unsigned key_parts_ = 1;
  unsigned depth_ = 0;
  bool line_has_text_ = false;  ///< other than blanks, before here
};

}  // namespace

std::optional<ParseError> prescan(std::string_view text, const Limits& limits) { return Scanner{text, limits}.scan(); }

}  // namespace pue::safe_toml
