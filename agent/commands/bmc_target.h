#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "agent/plan/plan.h"

namespace pue::commands {

/// @return whether a command's TARGET is a BMC: ipmi:// or ipmi-local://.
[[nodiscard]] bool is_bmc_target(std::string_view text);

/// A BMC that a person names on the command line, with passwords from files alone.
using BmcTarget = decltype(plan::Bus::address);

/// Reads ipmi://host[:623]?user=U&password_file=F[&kg_file=F][&privilege=user|operator][&suite=17|3] and
/// ipmi-local:///dev/ipmi0. Files count from the present directory; a bare name is looked up in $CREDENTIALS_DIRECTORY
/// first.
/// @return what is wrong, for the person who typed it, without what may be a password.
[[nodiscard]] tl::expected<BmcTarget, std::string> parse_bmc_target(std::string_view text);

/// A user for BMCs whose hosts are named elsewhere.
/// @return an address without a host, or what is wrong.
[[nodiscard]] tl::expected<plan::BmcAddress, std::string> bmc_login(const std::string& user,
                                                                    const std::string& password_file,
                                                                    const std::string& suite,
                                                                    const std::string& quirks);

}  // namespace pue::commands
