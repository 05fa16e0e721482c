#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace pue::plan {

/// Where a BMC departs from the specification in setting up and using a session, and is spoken to all the same. All
/// are off unless the configuration names them, since most are needed before a BMC can tell who it is. None of them
/// weakens what is checked but `any_checksum`, which gives up a checksum that the packet's authentication code covers
/// anyway.
struct BmcQuirks {
  bool open_session_privilege = false;  ///< wants the privilege in Open Session, refuses "highest" (Supermicro X8DT*)
  bool role_without_lookup = false;     ///< RAKP message 3 is computed without the name-only bit (Intel S5000 and kin)
  bool integrity_with_sik = false;      ///< packets are authenticated with SIK instead of K1
  bool any_checksum = false;            ///< second checksum of messages is wrong (Supermicro X9)
};

/// The quirks by the names that the configuration uses.
inline constexpr std::array<std::pair<std::string_view, bool BmcQuirks::*>, 4> k_bmc_quirks{{
    {"open-session-privilege", &BmcQuirks::open_session_privilege},
    {"role-without-lookup", &BmcQuirks::role_without_lookup},
    {"integrity-with-sik", &BmcQuirks::integrity_with_sik},
    {"any-checksum", &BmcQuirks::any_checksum},
}};

/// @return whether there is a quirk of that name; it is set now.
[[nodiscard]] constexpr bool set_quirk(BmcQuirks& quirks, std::string_view name) {
  for (const auto& [known, member] : k_bmc_quirks) {
    if (known != name) continue;
    quirks.*member = true;
    return true;
  }
  return false;
}

}  // namespace pue::plan
