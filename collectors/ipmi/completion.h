#pragma once

#include <cstdint>

namespace pue::ipmi {

/// What a completion code (IPMI 2.0, table 5-2) means to whoever asked.
enum class Completion : std::uint8_t {
  ok,
  transient,  ///< busy, timed out, or in the middle of an update: the same question may be answered later
  too_long,   ///< the BMC cannot give so many bytes at once
  lost,       ///< the reservation is void
  absent,     ///< it knows no such command, or has no such sensor or record
  forbidden,  ///< the user's privilege does not suffice
  refused,    ///< anything else
};

[[nodiscard]] constexpr Completion meaning_of(std::uint8_t code) {
  switch (code) {
    case 0x00:
      return Completion::ok;
    case 0xC0:  // node busy
    case 0xC3:  // time-out while processing
    case 0xC4:  // out of space
    case 0xCE:  // no response can be provided
    case 0xCF:  // duplicated request
    case 0xD0:  // SDR repository in update mode
    case 0xD1:  // firmware in update mode
    case 0xD2:  // BMC initialisation in progress
    case 0xD3:  // destination unavailable
    case 0xD5:
      return Completion::transient;  // not in the present state
    case 0xC8:                       // request data field length exceeded
    case 0xCA:                       // number of requested bytes cannot be returned
    case 0xFF:
      return Completion::too_long;  // unspecified; what many BMCs say instead of 0xCA
    case 0xC5:
      return Completion::lost;
    case 0xC1:  // invalid command
    case 0xC2:  // invalid for this LUN
    case 0xCB:  // sensor, data or record not present
    case 0xCD:  // illegal for this sensor or record
    case 0xD6:
      return Completion::absent;  // sub-function disabled
    case 0xD4:
      return Completion::forbidden;
    default:
      return Completion::refused;
  }
}

}  // namespace pue::ipmi
