#include "collectors/profiles/reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "config/nearest.h"

namespace pue::profiles {
namespace {

std::optional<std::uint64_t> pattern_from(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

const toml::node* TableReader::node(std::string_view key) {
  known_.emplace_back(key);
  return table_.get(key);
}

void TableReader::refuse(std::string_view key, const std::string& message) const {
  const toml::node* at = table_.get(key);
  const auto& begin = (at != nullptr ? at->source() : table_.source()).begin;
  throw Refusal{{.file = {}, .line = begin.line, .column = begin.column, .message = where_ + ": " + message}};
}

bool TableReader::has(std::string_view key) { return node(key) != nullptr; }

std::string TableReader::text(std::string_view key, std::string fallback) {
  const toml::node* found = node(key);
  if (found == nullptr) return fallback;
  const auto value = found->value_exact<std::string>();
  if (!value) refuse(key, std::string{key} + " must be a text");
  return *value;
}

std::string TableReader::required_text(std::string_view key) {
  std::string value = text(key);
  if (value.empty()) refuse(key, std::string{key} + " is missing");
  return value;
}

std::int64_t TableReader::integer(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t fallback) {
  const toml::node* found = node(key);
  if (found == nullptr) return fallback;
  const auto value = found->value_exact<std::int64_t>();
  if (!value || *value < least || *value > most) {
    refuse(key, std::string{key} + " must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return *value;
}

std::int64_t TableReader::required_integer(std::string_view key, std::int64_t least, std::int64_t most) {
  if (!has(key)) refuse(key, std::string{key} + " is missing");
  return integer(key, least, most, least);
}

double TableReader::number(std::string_view key, double fallback) {
  const toml::node* found = node(key);
  if (found == nullptr) return fallback;
  const auto value = found->value<double>();
  if (!value || !found->is_number() || !std::isfinite(*value)) {
    refuse(key, std::string{key} + " must be a finite number");
  }
  return *value;
}

bool TableReader::flag(std::string_view key, bool fallback) {
  const toml::node* found = node(key);
  if (found == nullptr) return fallback;
  const auto value = found->value_exact<bool>();
  if (!value) refuse(key, std::string{key} + " must be true or false");
  return *value;
}

const toml::array* TableReader::array(std::string_view key) {
  const toml::node* found = node(key);
  if (found == nullptr) return nullptr;
  if (!found->is_array()) refuse(key, std::string{key} + " must be a list");
  return found->as_array();
}

std::vector<std::string> TableReader::texts(std::string_view key) {
  std::vector<std::string> values;
  const toml::array* list = array(key);
  if (list == nullptr) return values;
  for (const toml::node& element : *list) {
    const auto value = element.value_exact<std::string>();
    if (!value) refuse(key, std::string{key} + " must be a list of texts");
    values.push_back(*value);
  }
  return values;
}

std::vector<std::uint64_t> TableReader::patterns(std::string_view key) {
  std::vector<std::uint64_t> values;
  const toml::array* list = array(key);
  if (list == nullptr) return values;
  for (const toml::node& element : *list) {
    if (const auto number = element.value_exact<std::int64_t>(); number && *number >= 0) {
      values.push_back(static_cast<std::uint64_t>(*number));
      continue;
    }
    const auto text = element.value_exact<std::string>();
    const auto pattern = text ? pattern_from(*text) : std::nullopt;
    if (!pattern) refuse(key, std::string{key} + R"( must be a list of numbers, or of texts such as "0xFFFF")");
    values.push_back(*pattern);
  }
  return values;
}

const toml::table* TableReader::table(std::string_view key) {
  const toml::node* found = node(key);
  if (found == nullptr) return nullptr;
  if (!found->is_table()) refuse(key, std::string{key} + " must be a table");
  return found->as_table();
}

void TableReader::finish() const {
  for (const auto& [key, value] : table_) {
    const std::string_view name = key.str();
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    const auto& begin = key.source().begin;
    throw Refusal{{.file = {},
                   .line = begin.line,
                   .column = begin.column,
                   .message = where_ + ": unknown key '" + std::string{name} + "'" + config::suggestion(name, known_)}};
  }
}

}  // namespace pue::profiles
