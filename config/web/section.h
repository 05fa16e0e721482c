#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/findings.h"
#include "config/problem.h"
#include "config/yaml/parse.h"

namespace pue::config {

/// One map of a web configuration file, read key by key. Each reader leaves its target as it is where the key is absent
/// or has no value, and reports a value that does not fit. Whatever was never asked for is unknown.
class WebSection {
 public:
  WebSection(const safe_yaml::Value& map, std::string path, Findings& findings)
      : map_(map), path_(std::move(path)), findings_(findings) {}

  void text(std::string_view key, Located<std::string>& target);
  void texts(std::string_view key, std::vector<Located<std::string>>& target);
  void flag(std::string_view key, bool& target);

  /// The value at `key` unless it has none; marks the key as known.
  [[nodiscard]] const safe_yaml::Entry* entry(std::string_view key);
  /// The map at `key`; anything else there is reported.
  [[nodiscard]] const safe_yaml::Value* map(std::string_view key);
  [[nodiscard]] const std::vector<safe_yaml::Entry>& entries() const { return map_.entries; }
  [[nodiscard]] Place place() const { return map_.at; }
  [[nodiscard]] std::string path_of(std::string_view key) const;
  void report(Place at, std::string_view key, std::string message) {
    findings_.add(at, path_of(key), std::move(message));
  }

  /// Reports each key that was never asked for, with the nearest that was.
  void refuse_unknown_keys() const;

 private:
  const safe_yaml::Value& map_;
  std::string path_;
  Findings& findings_;
  std::vector<std::string> known_;
};

}  // namespace pue::config
