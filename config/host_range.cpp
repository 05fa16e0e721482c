#include "config/host_range.h"

#include <charconv>
#include <span>

namespace pue::config {
namespace {

using Failure = tl::unexpected<std::string>;

constexpr std::size_t k_most_digits = 6;

/// A piece of the text: what stands before a range, and the range. The last piece has no range.
struct Piece {
  std::string_view before;
  unsigned first = 0;
  unsigned last = 0;
  std::size_t width = 0;  ///< least digits
  bool ranged = false;
};

bool read_number(std::string_view text, unsigned& number) {
  if (text.empty() || text.size() > k_most_digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

tl::expected<Piece, std::string> read_range(std::string_view before, std::string_view range) {
  const auto dash = range.find('-');
  Piece piece{.before = before, .ranged = true};
  const auto first = range.substr(0, dash);
  if (dash == std::string_view::npos || !read_number(first, piece.first) ||
      !read_number(range.substr(dash + 1), piece.last)) {
    return Failure("expected two numbers of at most 6 digits in braces, e.g. {1-254} or {001-120}, got '{" +
                   std::string(range) + "}'");
  }
  if (piece.first > piece.last) return Failure("the range {" + std::string(range) + "} runs backwards");
  if (first.front() == '0') piece.width = first.size();
  return piece;
}

tl::expected<std::vector<Piece>, std::string> split(std::string_view text) {
  std::vector<Piece> pieces;
  for (;;) {
    const auto open = text.find_first_of("{}");
    if (open == std::string_view::npos) break;
    const auto close = text.find_first_of("{}", open + 1);
    if (text[open] == '}' || close == std::string_view::npos || text[close] == '{') {
      return Failure("a brace has no partner");
    }
    auto piece = read_range(text.substr(0, open), text.substr(open + 1, close - open - 1));
    if (!piece) return Failure(std::move(piece.error()));
    if (pieces.size() == 4) return Failure("expected at most 4 ranges");
    pieces.push_back(*piece);
    text = text.substr(close + 1);
  }
  pieces.push_back({.before = text});
  return pieces;
}

void append_number(std::string& text, unsigned number, std::size_t width) {
  const auto digits = std::to_string(number);
  if (digits.size() < width) text.append(width - digits.size(), '0');
  text += digits;
}

void write_out(std::span<const Piece> pieces, const std::string& so_far, std::vector<std::string>& out) {
  const auto& piece = pieces.front();
  auto text = so_far;
  text += piece.before;
  if (!piece.ranged) return out.push_back(std::move(text));
  for (unsigned number = piece.first; number <= piece.last; ++number) {
    auto next = text;
    append_number(next, number, piece.width);
    write_out(pieces.subspan(1), next, out);
  }
}

}  // namespace

tl::expected<std::vector<std::string>, std::string> expand_ranges(std::string_view text, std::size_t most) {
  const auto pieces = split(text);
  if (!pieces) return Failure(pieces.error());
  std::size_t count = 1;
  for (const auto& piece : *pieces) {
    if (piece.ranged) count *= piece.last - piece.first + 1U;
    if (count > most) return Failure("more than " + std::to_string(most) + " hosts");
  }
  std::vector<std::string> all;
  all.reserve(count);
  write_out(*pieces, "", all);
  return all;
}

}  // namespace pue::config
