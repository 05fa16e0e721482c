#include <charconv>

#include "agent/web/page.h"

namespace pue::web {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Whether a tag such as "zh-CN" is of a language such as "zh".
bool is_of(std::string_view tag, std::string_view language) {
  if (tag.size() < language.size()) return false;
  for (std::size_t i = 0; i < language.size(); ++i) {
    if ((tag[i] | 0x20) != language[i]) return false;
  }
  return tag.size() == language.size() || tag[language.size()] == '-';
}

/// The weight in "zh;q=0.8": 1 where none is written, 0 where it is no number.
double weight_of(std::string_view item) {
  const auto semicolon = item.find(';');
  if (semicolon == std::string_view::npos) return 1.0;
  const auto parameter = trimmed(item.substr(semicolon + 1));
  if (!parameter.starts_with("q=")) return 1.0;
  double weight = 0.0;
  const auto digits = parameter.substr(2);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), weight, std::chars_format::fixed);
  return parsed.ec == std::errc{} && weight >= 0.0 && weight <= 1.0 ? weight : 0.0;
}

}  // namespace

Language language_of(std::string_view asked, std::string_view accept_language) {
  if (is_of(asked, "zh")) return Language::chinese;
  if (is_of(asked, "en")) return Language::english;
  double english = 0.0;
  double chinese = 0.0;
  while (!accept_language.empty()) {
    const auto comma = accept_language.find(',');
    const auto item = trimmed(accept_language.substr(0, comma));
    accept_language = comma == std::string_view::npos ? std::string_view{} : accept_language.substr(comma + 1);
    const auto tag = trimmed(item.substr(0, item.find(';')));
    if (is_of(tag, "zh") && weight_of(item) > chinese) chinese = weight_of(item);
    if (is_of(tag, "en") && weight_of(item) > english) english = weight_of(item);
  }
  return chinese > english ? Language::chinese : Language::english;
}

}  // namespace pue::web
