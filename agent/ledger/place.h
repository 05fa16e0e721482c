#pragma once

#include <sys/types.h>

#include <string>
#include <tl/expected.hpp>

#include "agent/ledger/error.h"

namespace pue::ledger {

/// Which file a path leads to, whatever it is called.
struct Place {
  dev_t device = 0;
  ino_t inode = 0;

  bool operator==(const Place&) const = default;
};

/// @return the file that `path` leads to now; Error::Kind::moved where there is none.
[[nodiscard]] tl::expected<Place, Error> place_of(const std::string& path);

/// @return the file that is open as `descriptor`; nothing that any path leads to if the system cannot say.
[[nodiscard]] Place place_of(int descriptor);

/// @return why nothing could be written at `path`, where the system knows it beforehand: the file system or the file
/// was made read-only.
[[nodiscard]] tl::expected<void, Error> is_writable(const std::string& path);

}  // namespace pue::ledger
