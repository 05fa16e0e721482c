#pragma once

#include <chrono>
#include <cstddef>
#include <map>

#include "agent/units/time.h"
#include "agent/web/peer_address.h"

namespace pue::web {

/// How much of the server's time passwords may take.
///
/// All verifications together have a share of the time and some seconds in reserve. Besides, an address that was wrong
/// too often has to wait, so that one guesser does not use up everybody's share. For one thread at a time.
class GuessLimit {
 public:
  struct Limits {
    double share = 0.25;                               ///< of the time, for all verifications
    Duration reserve = std::chrono::seconds{3};        ///< of the same, when nothing was verified for a while
    unsigned wrong_in_a_row = 10;                      ///< for one address, before it waits
    Duration between_wrong = std::chrono::seconds{3};  ///< for one address, from then on
    std::size_t addresses = 4096;
  };

  explicit GuessLimit(Limits limits) : limits_(limits), reserve_(limits.reserve) {}

  /// @return whether a password from `peer` may be verified now.
  [[nodiscard]] bool admits(const PeerAddress& peer, Instant now);
  /// A verification that was admitted has ended.
  void took(const PeerAddress& peer, bool good, Instant begun, Instant ended);

 private:
  /// The neighbours that one host can be: an IPv4 address, or an IPv6 network of 64 bits.
  [[nodiscard]] static PeerAddress neighbourhood(PeerAddress peer);
  void refill(Instant now);

  const Limits limits_;
  Duration reserve_;
  Instant refilled_{};
  std::map<PeerAddress, Instant> rested_;  ///< when the address will have made up for what it was wrong
};

}  // namespace pue::web
