#include "config/web/section.h"

#include <algorithm>
#include <utility>

#include "config/nearest.h"
#include "config/section.h"

namespace pue::config {
namespace {

using safe_yaml::Value;

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace

std::string WebSection::path_of(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? quoted_key(key) : path_ + "." + quoted_key(key);
}

const safe_yaml::Entry* WebSection::entry(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const auto found = std::find_if(map_.entries.begin(), map_.entries.end(),
                                  [&](const safe_yaml::Entry& entry) { return entry.key == key; });
  return found == map_.entries.end() || found->value.kind == Value::Kind::null ? nullptr : &*found;
}

const Value* WebSection::map(std::string_view key) {
  const auto* found = entry(key);
  if (found == nullptr) return nullptr;
  if (found->value.kind == Value::Kind::map) return &found->value;
  report(found->value.at, key, "expected keys and values");
  return nullptr;
}

void WebSection::text(std::string_view key, Located<std::string>& target) {
  const auto* found = entry(key);
  if (found == nullptr) return;
  if (found->value.kind != Value::Kind::scalar) return report(found->value.at, key, "expected text");
  if (found->value.text.empty()) return;
  target = {found->value.text, found->value.at};
}

void WebSection::texts(std::string_view key, std::vector<Located<std::string>>& target) {
  const auto* found = entry(key);
  if (found == nullptr) return;
  if (found->value.kind != Value::Kind::list) return report(found->value.at, key, "expected a list");
  for (const Value& item : found->value.items) {
    if (item.kind != Value::Kind::scalar || item.text.empty()) {
      report(item.at, key, "expected a list of texts");
    } else {
      target.push_back({item.text, item.at});
    }
  }
}

void WebSection::flag(std::string_view key, bool& target) {
  const auto* found = entry(key);
  if (found == nullptr) return;
  const auto& value = found->value;
  const auto word = lower(value.text);
  const auto is = [&](std::initializer_list<std::string_view> words) {
    return value.kind == Value::Kind::scalar && !value.quoted &&
           std::find(words.begin(), words.end(), word) != words.end();
  };
  if (is({"true", "yes", "on", "y"})) {
    target = true;
  } else if (is({"false", "no", "off", "n"})) {
    target = false;
  } else {
    report(value.at, key, "expected true or false");
  }
}

void WebSection::refuse_unknown_keys() const {
  for (const auto& [key, at, value] : map_.entries) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    findings_.add(at, path_of(key), "unknown key" + suggestion(key, known_));
  }
}

}  // namespace pue::config
