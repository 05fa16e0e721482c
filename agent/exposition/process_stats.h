#pragma once

#include <cstdint>
#include <optional>

namespace pue::exposition {

/// What the kernel says of this process. Unknown where /proc cannot be read.
struct ProcessStats {
  std::optional<double> cpu_seconds;
  std::optional<double> resident_bytes;
  std::optional<double> virtual_bytes;
  std::optional<double> threads;
  std::optional<double> start_time;  ///< Unix seconds
  std::optional<double> open_fds;
  std::optional<double> max_fds;
};

[[nodiscard]] ProcessStats read_process_stats();

}  // namespace pue::exposition
