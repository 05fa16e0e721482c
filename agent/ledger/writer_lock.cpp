#include "agent/ledger/writer_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "agent/ledger/place.h"

namespace pue::ledger {
namespace {

/// @return the number at the beginning of the file, as text.
std::string holder(int descriptor) {
  std::array<char, 16> text{};
  const auto got = ::pread(descriptor, text.data(), text.size(), 0);
  std::string number;
  for (ssize_t i = 0; i < got; ++i) {
    const char digit = text[static_cast<std::size_t>(i)];
    if (digit < '0' || digit > '9') break;
    number += digit;
  }
  return number.empty() ? "unknown" : number;
}

}  // namespace

tl::expected<WriterLock, Error> WriterLock::take(const std::string& ledger) {
  const std::string path = ledger + ".lock";
  Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)};
  if (!file.is_open()) return tl::unexpected(system_failure("cannot open '" + path + "'", errno));
  while (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return tl::unexpected(system_failure("cannot lock '" + path + "'", errno));
    return tl::unexpected(
        Error{.kind = Error::Kind::in_use, .text = "'" + ledger + "' is written by process " + holder(file.number())});
  }
  // The number is there for people; a disk too full to hold it takes nothing from the lock.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.number(), 0) == 0) {
    (void)!::pwrite(file.number(), pid.data(), pid.size(), 0);
  }
  return WriterLock{std::move(file), path};
}

bool WriterLock::is_in_place() const { return place_of(path_) == place_of(file_.number()); }

}  // namespace pue::ledger
