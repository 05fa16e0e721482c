#pragma once

#include <cstdint>
#include <span>
#include <tl/expected.hpp>
#include <utility>

#include "collectors/ipmi/crypto.h"
#include "collectors/ipmi/handshake.h"
#include "collectors/ipmi/packet.h"

namespace pue::ipmi {

/// Which sequence numbers of a session have been seen: each is taken once, and none that lies 32 or more behind the
/// highest (IPMI 2.0, 6.12.13 asks for at least 16).
class SequenceWindow {
 public:
  /// @return whether `sequence` is new; it is not from then on. 0 belongs to no session.
  [[nodiscard]] bool take(std::uint32_t sequence);

 private:
  static constexpr std::uint32_t k_size = 32;

  std::uint32_t highest_ = 0;
  std::uint32_t seen_ = 0;  ///< bit n: highest_ - n
};

/// Why a packet is not the session's.
enum class Rejection : std::uint8_t {
  foreign,    ///< no packet of this session
  signature,  ///< its authentication code is wrong
  replayed,   ///< its sequence number was seen before or is too old
  padding,    ///< it decrypts to nothing well formed
};

/// The protection of a session's packets: AES-128-CBC and an HMAC over all but RMCP's header (IPMI 2.0, 13.28, 13.29).
/// Every packet of a session is both encrypted and authenticated; one that is not is foreign.
class Seal {
 public:
  /// `crypto` must outlive the seal.
  Seal(Crypto& crypto, SessionKeys keys) : crypto_(crypto), keys_(std::move(keys)) {}

  /// @return the packet of a message, under the session's next sequence number.
  [[nodiscard]] PacketWriter seal(Bytes message);

  /// Decrypts in place.
  /// @return the message, a part of `packet`.
  [[nodiscard]] tl::expected<Bytes, Rejection> open(std::span<std::uint8_t> packet);

  [[nodiscard]] const SessionKeys& keys() const { return keys_; }

 private:
  Crypto& crypto_;
  SessionKeys keys_;
  std::uint32_t sequence_ = 0;
  SequenceWindow window_;
};

}  // namespace pue::ipmi
