#pragma once

#include <array>
#include <cstdint>

#include "agent/pipeline/poll_failure.h"
#include "agent/plan/bmc_quirks.h"
#include "collectors/ipmi/crypto.h"
#include "collectors/ipmi/packet.h"

namespace pue::ipmi {

enum class Privilege : std::uint8_t { user = 2, operator_ = 3 };

/// Who asks, and how the BMC has to prove that it knows the same secrets. Views: what they show must outlive the use.
struct Credentials {
  Bytes username;  ///< at most 16 bytes
  Bytes password;  ///< at most 20 bytes
  Bytes kg;        ///< the BMC's key K_g, at most 20 bytes; empty: it has none, the password stands in
  Privilege privilege = Privilege::user;
};

/// What both ends know after a handshake.
struct SessionKeys {
  CipherSuite suite = CipherSuite::suite_17;
  std::uint32_t console = 0;  ///< the session's id at our end
  std::uint32_t bmc = 0;      ///< and at the BMC's
  KeyBytes integrity;
  KeyBytes confidentiality;
};

/// Open Session and the four RAKP messages (IPMI 2.0, 13.15 to 13.24), without I/O: send `packet()`, hand what arrives
/// to `take`, until it is done or has failed. A packet may be sent again where an answer does not come.
///
/// The BMC proves that it knows the password (RAKP 2) and the session's key (RAKP 4); both codes are compared in
/// constant time. It must accept the very cipher suite that was asked for: a weaker one is a refusal, not an offer.
class Handshake {
 public:
  enum class Progress : std::uint8_t {
    ignored,  ///< not an answer to what was sent: wait on
    next,     ///< send packet()
    done,     ///< keys() are complete
    failed,   ///< failure() says why
  };

  /// `crypto` and what `credentials` show must outlive the handshake.
  Handshake(Crypto& crypto, const Credentials& credentials, CipherSuite suite, plan::BmcQuirks quirks);

  /// What our end chooses at random.
  struct Chance {
    std::array<std::uint8_t, 16> random{};
    std::uint32_t session = 0;  ///< the session's id at our end; not 0
    std::uint8_t tag = 0;       ///< of the first packet
  };
  /// A handshake that is to come out as another one did.
  Handshake(Crypto& crypto, const Credentials& credentials, CipherSuite suite, plan::BmcQuirks quirks,
            const Chance& chance);

  [[nodiscard]] PacketWriter packet() const;
  [[nodiscard]] Progress take(Bytes packet);

  [[nodiscard]] PollFailure failure() const { return failure_; }
  /// @return the RMCP+ status code (table 13-15) of a refusal, 0 if it was no such thing.
  [[nodiscard]] std::uint8_t status() const { return status_; }
  /// @return whether packet() is RAKP message 1.
  [[nodiscard]] bool at_rakp_1() const { return step_ == Step::rakp_1; }
  /// @return whether the BMC has shown that it knows the password. From then on keys() are complete, and the BMC may
  /// hold the session open even if the handshake fails.
  [[nodiscard]] bool proven() const { return step_ == Step::rakp_3 || step_ == Step::done; }
  [[nodiscard]] const SessionKeys& keys() const { return keys_; }

 private:
  using Random = std::array<std::uint8_t, 16>;
  enum class Step : std::uint8_t { open_session, rakp_1, rakp_3, done };

  Progress take_open_session(Bytes payload);
  Progress take_rakp_2(Bytes payload);
  Progress take_rakp_4(Bytes payload);
  Progress fail(PollFailure failure, std::uint8_t status = 0);
  [[nodiscard]] bool is_for_us(Bytes payload, std::size_t session_at) const;
  [[nodiscard]] std::uint8_t role() const;

  Crypto& crypto_;
  const Credentials& credentials_;
  plan::BmcQuirks quirks_;
  SessionKeys keys_;
  KeyBytes sik_;
  Random console_random_{};
  Random bmc_random_{};
  std::array<std::uint8_t, 16> bmc_guid_{};
  KeyBytes proof_;  ///< of RAKP 3
  Step step_ = Step::open_session;
  std::uint8_t tag_ = 0;
  std::uint8_t status_ = 0;
  PollFailure failure_ = PollFailure::none;
};

}  // namespace pue::ipmi
