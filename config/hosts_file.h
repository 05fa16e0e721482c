#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"

namespace pue::config {

/// One line of a file of hosts. What its column does not give is empty.
struct HostLine {
  std::uint32_t line = 0;
  std::string host;
  std::string name;
  std::string rack;
  std::string service;
};

struct HostsFile {
  std::vector<HostLine> hosts;
  std::vector<Problem> problems;
  std::vector<Problem> warnings;
};

/// Reads a file of hosts: CSV (RFC 4180, UTF-8) whose first line names the columns. `host` must be there; `name`,
/// `rack` and `service` may; other columns are skipped with a warning. Empty lines and those that begin with # are
/// none.
/// @param file its name in problems.
[[nodiscard]] HostsFile parse_hosts(std::string_view text, const std::string& file, std::size_t most);

/// The same from a regular file of at most 4 MiB.
[[nodiscard]] HostsFile read_hosts(const std::filesystem::path& path, std::size_t most);

}  // namespace pue::config
