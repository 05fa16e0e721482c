#pragma once

#include <string>
#include <vector>

namespace pue::commands {

/// What `scan ipmi` is told.
struct ScanIpmiCommand {
  std::vector<std::string> hosts;  ///< host[:port], a range such as 10.2.0.{1-254}, or 10.2.0.0/24
  std::string user;                ///< with password_file: logs in and says who the BMC is
  std::string password_file;
  std::string suite = "17";
  std::string quirks;  ///< their names, with commas between
  std::string timeout = "1s";
  std::string output = "table";
};

/// Asks every host what its BMC can do, and, with a user, who it is. Reads only; at most 32 at once.
/// @return the exit code.
[[nodiscard]] int scan_ipmi(const ScanIpmiCommand& command);

}  // namespace pue::commands
