#pragma once

#include "config/section.h"
#include "config/settings.h"

namespace pue::config {

/// Reads username, password_file, kg_file, privilege, cipher_suites and quirks of a device or fleet. Cipher suites
/// other than 17 and 3 are refused with the reason: each of them lacks authentication, integrity or encryption worth
/// the name.
void read_bmc_login(Section& section, BmcLogin& login);

/// @return whether any of them is given.
[[nodiscard]] bool is_given(const BmcLogin& login);

}  // namespace pue::config
