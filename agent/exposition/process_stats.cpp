#include "agent/exposition/process_stats.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

namespace pue::exposition {
namespace {

/// @return how much of the file fits into `buffer`, empty when it cannot be read.
std::string_view read_small_file(const char* path, std::array<char, 4096>& buffer) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const auto n = ::read(fd, buffer.data(), buffer.size());
  ::close(fd);
  return n > 0 ? std::string_view{buffer.data(), static_cast<std::size_t>(n)} : std::string_view{};
}

/// @return the field of /proc/self/stat numbered as in proc(5), 4 or above.
std::optional<double> stat_field(std::string_view text, int number) {
  const auto name_end = text.rfind(')');  // the program's name, field 2, may hold anything
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 1);
  for (int field = 2; field < number; ++field) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    text.remove_prefix(space + 1);
  }
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return std::nullopt;
  return value;
}

/// Unix time at which the machine started.
std::optional<double> boot_time() {
  timespec wall{};
  timespec boot{};
  if (::clock_gettime(CLOCK_REALTIME, &wall) != 0 || ::clock_gettime(CLOCK_BOOTTIME, &boot) != 0) return std::nullopt;
  return static_cast<double>(wall.tv_sec - boot.tv_sec) + static_cast<double>(wall.tv_nsec - boot.tv_nsec) * 1e-9;
}

std::optional<double> open_descriptors() {
  struct stat status{};
  if (::stat("/proc/self/fd", &status) != 0) return std::nullopt;
  if (status.st_size > 0) return static_cast<double>(status.st_size);  // the count itself, since Linux 6.2
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return std::nullopt;
  int count = 0;
  while (const dirent* entry = ::readdir(directory)) count += entry->d_name[0] != '.' ? 1 : 0;
  ::closedir(directory);
  return count - 1;  // without the directory's own
}

}  // namespace

ProcessStats read_process_stats() {
  ProcessStats stats;
  std::array<char, 4096> buffer{};
  const auto text = read_small_file("/proc/self/stat", buffer);
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto user = stat_field(text, 14);
  const auto system = stat_field(text, 15);
  if (user && system) stats.cpu_seconds = (*user + *system) / ticks;
  stats.threads = stat_field(text, 20);
  // The difference of two clocks wanders by microseconds; the start of a process must not.
  static const auto booted = boot_time();
  if (const auto started = stat_field(text, 22); started && booted) stats.start_time = *booted + *started / ticks;
  stats.virtual_bytes = stat_field(text, 23);
  if (const auto pages = stat_field(text, 24)) {
    stats.resident_bytes = *pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  }
  stats.open_fds = open_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = static_cast<double>(limit.rlim_cur);
  return stats;
}

}  // namespace pue::exposition
