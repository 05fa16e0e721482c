#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// What can go wrong with a ledger, said for the person who must act.
namespace pue::ledger {

struct Error {
  enum class Kind : std::uint8_t {
    in_use,        ///< another process writes this ledger
    busy,          ///< a reader holds it; try again
    disk_full,     ///< no room, or a limit of size or quota
    read_only,     ///< the file, its folder or the file system cannot be written
    input_output,  ///< the system could not read or write
    moved,         ///< the file was removed, moved or replaced while it was open
    not_found,     ///< there is no such file, or it cannot be opened
    corrupt,       ///< the file is damaged or was changed by others
    no_ledger,     ///< the file is something else
    newer_format,  ///< written by a later version of the agent
    key,           ///< the signing key cannot be used
    refused,       ///< what was to be written breaks a rule of the format: a fault of the caller
  };

  Kind kind = Kind::input_output;
  std::string text;
};

/// @return the whole message, with what to do about it.
[[nodiscard]] std::string describe(const Error& error);

/// @return the kind as one word, for a label.
[[nodiscard]] std::string_view word(Error::Kind kind);

}  // namespace pue::ledger
