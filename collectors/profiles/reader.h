#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/profiles/profile_loader.h"
#include "config/toml/toml.h"

namespace pue::profiles {

/// Ends the reading of one profile; caught by load_profile and never seen outside.
struct Refusal {
  ProfileError error;
};

/// One table of a profile, read key by key. A value that does not fit ends the reading with its place.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

  [[nodiscard]] bool has(std::string_view key);
  [[nodiscard]] std::string text(std::string_view key, std::string fallback = {});
  [[nodiscard]] std::string required_text(std::string_view key);
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most,
                                     std::int64_t fallback);
  [[nodiscard]] std::int64_t required_integer(std::string_view key, std::int64_t least, std::int64_t most);
  [[nodiscard]] double number(std::string_view key, double fallback);
  [[nodiscard]] bool flag(std::string_view key, bool fallback);
  [[nodiscard]] std::vector<std::string> texts(std::string_view key);
  /// Integers, or texts such as "0x80008000", which hold all of 64 bits.
  [[nodiscard]] std::vector<std::uint64_t> patterns(std::string_view key);
  /// The table at `key`; null where there is none.
  [[nodiscard]] const toml::table* table(std::string_view key);
  [[nodiscard]] const toml::array* array(std::string_view key);

  /// Refuses the first key that was never asked for.
  void finish() const;

  [[noreturn]] void refuse(std::string_view key, const std::string& message) const;
  [[nodiscard]] const toml::table& toml() const { return table_; }

 private:
  [[nodiscard]] const toml::node* node(std::string_view key);

  const toml::table& table_;
  std::string where_;  ///< e.g. "point current_l1"
  std::vector<std::string> known_;
};

}  // namespace pue::profiles
