#include "agent/ledger/place.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "agent/ledger/descriptor.h"

namespace pue::ledger {

tl::expected<Place, Error> place_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) return Place{.device = status.st_dev, .inode = status.st_ino};
  return tl::unexpected(
      Error{.kind = Error::Kind::moved,
            .text = "'" + path + "' is not where it was opened (" + std::generic_category().message(errno) + ")"});
}

Place place_of(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return {};
  return {.device = status.st_dev, .inode = status.st_ino};
}

tl::expected<void, Error> is_writable(const std::string& path) {
  if (::access(path.c_str(), W_OK) == 0) return {};
  return tl::unexpected(system_failure("cannot write '" + path + "'", errno));
}

}  // namespace pue::ledger
