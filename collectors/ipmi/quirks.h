#pragma once

namespace pue::ipmi {

/// Where a BMC departs from the specification in setting up and using a session, and is spoken to all the same. All
/// are off unless a device is known to need them. None of them weakens what is checked but `any_checksum`, which gives
/// up a checksum that the packet's authentication code covers anyway.
struct SessionQuirks {
  bool open_session_privilege = false;  ///< wants the privilege in Open Session, refuses "highest" (Supermicro X8DT*)
  bool role_without_lookup = false;     ///< RAKP message 3 is computed without the name-only bit (Intel S5000 and kin)
  bool integrity_with_sik = false;      ///< packets are authenticated with SIK instead of K1
  bool any_checksum = false;            ///< second checksum of messages is wrong (Supermicro X9)
};

}  // namespace pue::ipmi
