#include "config/section.h"

#include <algorithm>
#include <cmath>

#include "config/nearest.h"

namespace pue::config {
namespace {

bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7F) return true;
    // U+0080 to U+009F
    if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

std::string type_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "text";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

std::string expected(std::string_view what, const toml::node& node) {
  return "expected " + std::string(what) + ", got " + type_of(node);
}

std::string rounded(double number) {
  auto text = std::to_string(number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

std::optional<std::string> why_no_id(std::string_view name) {
  if (name.empty()) return "a name must not be empty";
  if (name.size() > 64) return "a name has at most 64 bytes, this one " + std::to_string(name.size());
  if (has_control_character(name)) return "a name has no control characters";
  if (name.front() == ' ' || name.back() == ' ') return "a name begins and ends without blanks";
  return std::nullopt;
}

std::string quoted_key(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (bare) return std::string(key);
  std::string text = "\"";
  for (const char c : key.substr(0, 80)) text += (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) ? '?' : c;
  return text + "\"";
}

std::string Section::path_of(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? quoted_key(key) : path_ + "." + quoted_key(key);
}

const toml::node* Section::node(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  return table_.get(key);
}

const toml::table* Section::table(std::string_view key) {
  const auto* found = node(key);
  if (found == nullptr || found->is_table()) return found == nullptr ? nullptr : found->as_table();
  report(place_of(found->source()), key, expected("a table", *found));
  return nullptr;
}

std::optional<Located<std::string>> Section::checked_text(const toml::node& found, std::string_view key,
                                                          std::size_t most) {
  const auto at = place_of(found.source());
  const auto* value = found.as_string();
  if (value == nullptr) {
    report(at, key, expected("text in quotes", found));
    return std::nullopt;
  }
  const std::string& text = value->get();
  if (text.empty() || text.size() > most || has_control_character(text)) {
    report(at, key, "expected text of 1 to " + std::to_string(most) + " bytes without control characters");
    return std::nullopt;
  }
  return Located<std::string>{text, at};
}

void Section::text(std::string_view key, Located<std::string>& target, std::size_t most) {
  const auto* found = node(key);
  if (found == nullptr) return;
  if (auto value = checked_text(*found, key, most)) target = std::move(*value);
}

void Section::text(std::string_view key, std::string& target, std::size_t most) {
  Located<std::string> value;
  text(key, value, most);
  if (value.given()) target = std::move(value.value);
}

void Section::id(std::string_view key, Located<std::string>& target) {
  Located<std::string> value;
  text(key, value, 1024);
  if (!value.given()) return;
  if (auto why = why_no_id(value.value)) return report(value.at, key, *why);
  target = std::move(value);
}

void Section::texts(std::string_view key, std::vector<Located<std::string>>& target) {
  const auto* found = node(key);
  if (found == nullptr) return;
  const auto* list = found->as_array();
  if (list == nullptr) {
    if (auto value = checked_text(*found, key, 256)) target.push_back(std::move(*value));
    return;
  }
  if (list->empty()) return report(place_of(found->source()), key, "expected at least one entry");
  for (const auto& entry : *list) {
    if (auto value = checked_text(entry, key, 256)) target.push_back(std::move(*value));
  }
}

void Section::flag(std::string_view key, bool& target) {
  const auto* found = node(key);
  if (found == nullptr) return;
  if (const auto* value = found->as_boolean()) {
    target = value->get();
  } else {
    report(place_of(found->source()), key, expected("true or false", *found));
  }
}

void Section::integer(std::string_view key, std::int64_t least, std::int64_t most,
                      const std::function<void(std::int64_t, Place)>& take) {
  const auto* found = node(key);
  if (found == nullptr) return;
  const auto at = place_of(found->source());
  const auto range = "an integer of " + std::to_string(least) + " to " + std::to_string(most);
  const auto* value = found->as_integer();
  if (value == nullptr) return report(at, key, expected(range, *found));
  if (value->get() < least || value->get() > most) {
    return report(at, key, "expected " + range + ", got " + std::to_string(value->get()));
  }
  take(value->get(), at);
}

void Section::number(std::string_view key, Located<double>& target, double least, double most) {
  const auto* found = node(key);
  if (found == nullptr) return;
  const auto at = place_of(found->source());
  const auto range = "a number of " + rounded(least) + " to " + rounded(most);
  std::optional<double> value;
  if (const auto* real = found->as_floating_point()) value = real->get();
  if (const auto* whole = found->as_integer()) value = static_cast<double>(whole->get());
  if (!value) return report(at, key, expected(range, *found));
  if (!std::isfinite(*value) || *value < least || *value > most) {
    return report(at, key, "expected " + range + ", got " + (std::isfinite(*value) ? rounded(*value) : "inf or nan"));
  }
  target = {*value, at};
}

void Section::duration(std::string_view key, std::optional<Duration>& target, Duration least, Duration most) {
  Located<std::string> value;
  const auto* found = node(key);
  if (found == nullptr) return;
  const auto at = place_of(found->source());
  const auto example = "a duration in quotes with its unit, e.g. \"500ms\"";
  if (!found->is_string()) return report(at, key, expected(example, *found));
  const auto parsed = parse_duration(found->as_string()->get());
  if (!parsed) return report(at, key, parsed.error());
  if (*parsed < least || *parsed > most) {
    return report(at, key, "expected a duration of " + describe(least) + " to " + describe(most));
  }
  target = *parsed;
}

void Section::duration(std::string_view key, Duration& target, Duration least, Duration most) {
  std::optional<Duration> value;
  duration(key, value, least, most);
  if (value) target = *value;
}

void Section::refuse_unknown_keys() const {
  for (const auto& [key, value] : table_) {
    const auto name = key.str();
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    auto hint = suggestion(name, known_);
    if (hint.empty()) {
      hint = "; known are";
      for (const auto& known : known_) hint += (&known == &known_.front() ? " " : ", ") + known;
    }
    findings_.add(place_of(key.source()), path_of(name), "unknown key" + hint);
  }
}

}  // namespace pue::config
