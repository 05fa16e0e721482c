#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/findings.h"
#include "config/problem.h"
#include "config/quantities.h"
#include "config/toml/toml.h"

namespace pue::config {

[[nodiscard]] inline Place place_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

/// One table of a configuration, read key by key. Each reader leaves its target as it is where the key is absent, and
/// reports a value that does not fit. Whatever was never asked for is unknown.
class Section {
 public:
  Section(const toml::table& table, std::string path, Findings& findings)
      : table_(table), path_(std::move(path)), findings_(findings) {}

  /// Text of 1 to `most` bytes without control characters.
  void text(std::string_view key, Located<std::string>& target, std::size_t most = 256);
  void text(std::string_view key, std::string& target, std::size_t most = 256);
  /// A name that others refer to: text of 1 to 64 bytes (`is_id`).
  void id(std::string_view key, Located<std::string>& target);
  /// One text or a list of them.
  void texts(std::string_view key, std::vector<Located<std::string>>& target);
  void flag(std::string_view key, bool& target);
  void integer(std::string_view key, std::int64_t least, std::int64_t most,
               const std::function<void(std::int64_t, Place)>& take);
  template <class Integer>
  void integer(std::string_view key, Integer& target, std::int64_t least, std::int64_t most) {
    integer(key, least, most, [&](std::int64_t value, Place) { target = static_cast<Integer>(value); });
  }
  /// A finite number between two bounds, both allowed.
  void number(std::string_view key, Located<double>& target, double least, double most);
  void duration(std::string_view key, std::optional<Duration>& target, Duration least, Duration most);
  void duration(std::string_view key, Duration& target, Duration least, Duration most);

  /// The node at `key`, whatever it is; marks the key as known.
  [[nodiscard]] const toml::node* node(std::string_view key);
  /// The table at `key`; anything else there is reported.
  [[nodiscard]] const toml::table* table(std::string_view key);
  [[nodiscard]] Place place() const { return place_of(table_.source()); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path_of(std::string_view key) const;
  void report(Place at, std::string_view key, std::string message) {
    findings_.add(at, path_of(key), std::move(message));
  }

  /// Reports each key that was never asked for, with the nearest that was.
  void refuse_unknown_keys() const;

 private:
  [[nodiscard]] std::optional<Located<std::string>> checked_text(const toml::node& node, std::string_view key,
                                                                 std::size_t most);

  const toml::table& table_;
  std::string path_;
  Findings& findings_;
  std::vector<std::string> known_;
};

/// @return nothing when `name` can be a name of something: 1 to 64 bytes, no control characters, no blank at either
/// end; else what is wrong.
[[nodiscard]] std::optional<std::string> why_no_id(std::string_view name);

/// @return the key as the file must write it: bare where it can be, else in quotes.
[[nodiscard]] std::string quoted_key(std::string_view key);

}  // namespace pue::config
