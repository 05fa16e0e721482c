#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "agent/pipeline/collector_stats.h"
#include "collectors/ipmi/bmc.h"
#include "collectors/ipmi/handshake.h"
#include "collectors/ipmi/seal.h"
#include "collectors/ipmi/udp_socket.h"

namespace pue::ipmi {

/// Where a BMC is and how it is spoken to.
struct LanOptions {
  std::string host;  ///< name or address; IPv6 without brackets
  std::uint16_t port = 623;
  Credentials credentials;                                 ///< what they show must outlive the session
  std::vector<CipherSuite> suites{CipherSuite::suite_17};  ///< in the order they are tried
  Duration timeout = std::chrono::seconds{2};              ///< of a request, its repetitions included
  Duration keep_alive = std::chrono::seconds{45};          ///< longest silence; BMCs forget after 60 s (6.12.15)
  plan::BmcQuirks quirks;
};

/// One session with one BMC over RMCP+. It is opened when first asked and kept; a session that the BMC has forgotten is
/// opened anew within the same question. Used by one thread.
///
/// A question is sent up to three times within its time-out, under new sequence numbers, and answers are matched by
/// session, function, command and tag, so that what is lost, doubled or late on the way never gives a wrong answer.
/// A session that is given up, or may have come about in a handshake that failed, is closed without waiting for an
/// answer: BMCs have room for few.
///
/// A BMC that forgets its session before the keep-alive, twice in a row, is spoken to more often from then on, down to
/// a ninth of the time.
///
/// Passwords: a refused one is not tried again for five minutes, so that no account gets locked; in between every
/// question ends in `authentication` at once. A BMC without room for a session is left alone for a time that doubles.
class LanSession final : public Bmc {
 public:
  static constexpr unsigned k_tries = 3;
  static constexpr Duration k_after_wrong_password = std::chrono::minutes{5};

  /// `context`, `crypto` and `stats` must outlive the session.
  LanSession(asio::io_context& context, Crypto& crypto, CollectorStats& stats, LanOptions options);

  [[nodiscard]] Task<tl::expected<Answer, PollFailure>> ask(Request request) override;

  /// Asks outside of any session, as is possible for get_channel_authentication_capabilities() alone.
  [[nodiscard]] Task<tl::expected<Answer, PollFailure>> ask_before_session(Request request);

  [[nodiscard]] Instant keep_alive_due() const override;
  /// Tells the BMC to forget the session, waiting half a second at most for its answer. The next question opens
  /// another.
  [[nodiscard]] Task<void> close() override;
  /// Ends what is being waited for as if its time were over, and every question after it: the agent stops.
  void abandon() override;

  [[nodiscard]] bool is_open() const { return seal_.has_value(); }
  /// @return the suite of the session that is open, or was last.
  [[nodiscard]] CipherSuite suite() const { return options_.suites[suite_]; }
  /// @return packets thrown away, by Rejection.
  [[nodiscard]] std::uint64_t rejected(Rejection reason) const { return rejected_[static_cast<std::size_t>(reason)]; }
  /// @return the status code of RMCP+ with which a handshake was last refused, 0 if none was.
  [[nodiscard]] std::uint8_t refusal() const { return refusal_; }

 private:
  using Result = tl::expected<Answer, PollFailure>;

  Task<PollFailure> log_in();
  Task<PollFailure> open_session();
  Task<PollFailure> shake_hands(Handshake& handshake);
  Task<PollFailure> raise_privilege();
  template <class Send, class Look>
  Task<Result> converse(unsigned tries, Duration each, Send say, Look look);
  Task<Result> exchange(Request request, unsigned tries, Duration each);
  // Apart from the coroutines, whose frames live as long as an answer is awaited and would hold the packets.
  PollFailure send(const PacketWriter& packet);
  PollFailure send_sealed(const Request& request);
  std::optional<Answer> answer_in(std::size_t size, const Request& request, std::uint8_t tag);
  void give_up_session();
  void learn(Duration idle, bool forgotten);
  void next_tag();
  void remember(PollFailure failure);
  [[nodiscard]] Duration of_a_try() const { return options_.timeout / static_cast<Duration::rep>(k_tries); }

  Crypto& crypto_;
  CollectorStats& stats_;
  LanOptions options_;
  Duration least_keep_alive_;
  UdpSocket socket_;
  std::optional<Seal> seal_;
  std::array<std::uint64_t, 4> rejected_{};
  std::minstd_rand jitter_;
  Instant last_heard_{};                     ///< the last authenticated answer
  Instant silent_until_{};                   ///< no handshake before
  PollFailure silence_ = PollFailure::none;  ///< what is said instead
  std::size_t suite_ = 0;
  unsigned refusals_ = 0;   ///< of a session, in a row
  unsigned forgotten_ = 0;  ///< sessions that did not last over a silence, in a row
  std::uint8_t tag_ = 0;
  std::uint8_t refusal_ = 0;
  unsigned turn_ = 0;     ///< among the addresses of a name
  bool patient_ = false;  ///< RAKP 1 is sent once: the BMC answers a second one with new numbers
  bool abandoned_ = false;
};

}  // namespace pue::ipmi
