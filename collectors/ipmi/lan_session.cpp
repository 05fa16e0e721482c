#include "collectors/ipmi/lan_session.h"

#include <algorithm>

namespace pue::ipmi {
namespace {

constexpr Duration k_first_back_off = std::chrono::seconds{5};
constexpr Duration k_longest_back_off = std::chrono::minutes{5};
constexpr Duration k_patience_at_close = std::chrono::milliseconds{500};
constexpr std::uint8_t k_last_tag = 0x3F;

/// Received packets of one thread; a packet is used up before the next one is waited for.
thread_local std::array<std::uint8_t, k_most_packet> received;

}  // namespace

LanSession::LanSession(asio::io_context& context, Crypto& crypto, CollectorStats& stats, LanOptions options)
    : crypto_(crypto), stats_(stats), options_(std::move(options)), socket_(context) {
  std::array<std::uint8_t, 5> seed{};
  crypto_.random(seed);
  jitter_.seed(static_cast<unsigned>(seed[0] | (seed[1] << 8) | (seed[2] << 16) | (seed[3] << 23)));
  tag_ = seed[4] & k_last_tag;
}

Task<LanSession::Result> LanSession::ask(Request request) {
  const bool had_session = is_open();
  if (!had_session) {
    const auto failure = co_await log_in();
    if (failure != PollFailure::none) co_return tl::unexpected(failure);
  }
  auto answer = request.repeatable() ? co_await exchange(request, k_tries, of_a_try())
                                     : co_await exchange(request, 1, options_.timeout);
  if (answer || abandoned_) co_return answer;
  seal_.reset();
  if (!had_session || answer.error() != PollFailure::timeout) co_return answer;
  // No answer where there used to be one: the BMC may have restarted and know nothing of the session.
  const auto failure = co_await log_in();
  if (failure != PollFailure::none) co_return tl::unexpected(failure);
  co_return co_await exchange(request, k_tries, of_a_try());
}

Task<PollFailure> LanSession::log_in() {
  if (abandoned_) co_return PollFailure::timeout;
  if (BootClock::now() < silent_until_) co_return silence_;
  if (!socket_.connected()) {
    const auto failure = co_await socket_.connect(options_.host, options_.port, BootClock::now() + options_.timeout);
    if (failure != PollFailure::none) co_return failure;
  }
  auto failure = PollFailure::cipher_refused;
  // The suite that worked is the first one to be tried; the list is gone through once.
  for (std::size_t tried = 0; tried < options_.suites.size() && failure == PollFailure::cipher_refused; ++tried) {
    Handshake handshake{crypto_, options_.credentials, suite(), options_.quirks};
    failure = co_await shake_hands(handshake);
    refusal_ = handshake.status();
    if (failure == PollFailure::none) {
      seal_.emplace(crypto_, handshake.keys());
      failure = co_await raise_privilege();
      break;
    }
    if (failure == PollFailure::cipher_refused) suite_ = (suite_ + 1) % options_.suites.size();
  }
  remember(failure);
  co_return failure;
}

/// When a failure of a handshake is worth another one.
void LanSession::remember(PollFailure failure) {
  const auto now = BootClock::now();
  switch (failure) {
    case PollFailure::none:
      refusals_ = 0;
      last_heard_ = now;
      return;
    case PollFailure::authentication:
    case PollFailure::privilege:
      silence_ = failure;
      silent_until_ = now + k_after_wrong_password;
      return;
    case PollFailure::session_refused: {
      const auto doubled = k_first_back_off * (Duration::rep{1} << std::min(refusals_++, 10U));
      const std::uniform_real_distribution<double> between{0.5, 1.0};
      auto spread = between;
      const auto back_off = std::min(doubled, k_longest_back_off);
      silence_ = failure;
      silent_until_ =
          now + Duration{static_cast<Duration::rep>(static_cast<double>(back_off.count()) * spread(jitter_))};
      return;
    }
    default:
      // The address behind a name may be another one next time.
      socket_.close();
  }
}

Task<PollFailure> LanSession::shake_hands(Handshake& handshake) {
  for (;;) {
    auto progress = Handshake::Progress::ignored;
    for (unsigned attempt = 0; attempt < k_tries && progress == Handshake::Progress::ignored; ++attempt) {
      if (abandoned_) co_return PollFailure::timeout;
      const auto packet = handshake.packet();
      const auto unsent = socket_.send(packet.written());
      if (unsent != PollFailure::none) co_return unsent;
      stats_.sent(packet.size());
      const auto deadline = BootClock::now() + of_a_try();
      while (progress == Handshake::Progress::ignored) {
        const auto size = co_await socket_.receive(received, deadline);
        if (!size && size.error() != PollFailure::timeout) co_return size.error();
        if (!size) break;
        stats_.received(*size);
        progress = handshake.take(std::span{received}.first(*size));
      }
    }
    if (progress == Handshake::Progress::ignored) co_return PollFailure::timeout;
    if (progress == Handshake::Progress::failed) co_return handshake.failure();
    if (progress == Handshake::Progress::done) co_return PollFailure::none;
  }
}

/// A session begins at User; what lies above has to be asked for.
Task<PollFailure> LanSession::raise_privilege() {
  if (options_.credentials.privilege == Privilege::user) co_return PollFailure::none;
  const auto answer = co_await exchange(
      set_session_privilege_level(static_cast<std::uint8_t>(options_.credentials.privilege)), k_tries, of_a_try());
  if (answer && answer->ok()) co_return PollFailure::none;
  co_await close();
  co_return answer ? PollFailure::privilege : answer.error();
}

Task<LanSession::Result> LanSession::exchange(Request request, unsigned tries, Duration each) {
  tag_ = static_cast<std::uint8_t>((tag_ + 1U) & k_last_tag);
  for (unsigned attempt = 0; attempt < tries && !abandoned_; ++attempt) {
    PacketWriter message;
    append_message(message, request, tag_);
    const auto packet = seal_->seal(message.written());
    const auto unsent = socket_.send(packet.written());
    if (unsent != PollFailure::none) co_return tl::unexpected(unsent);
    stats_.sent(packet.size());
    const auto deadline = BootClock::now() + each;
    for (;;) {
      const auto size = co_await socket_.receive(received, deadline);
      if (!size && size.error() != PollFailure::timeout) co_return tl::unexpected(size.error());
      if (!size) break;
      stats_.received(*size);
      if (const auto answer = answer_in(*size, request, tag_)) co_return *answer;
    }
  }
  co_return tl::unexpected(PollFailure::timeout);
}

std::optional<Answer> LanSession::answer_in(std::size_t size, const Request& request, std::uint8_t tag) {
  const auto message = seal_->open(std::span{received}.first(size));
  if (!message) {
    ++rejected_[static_cast<std::size_t>(message.error())];
    return std::nullopt;
  }
  auto answer = parse_message(*message, request, tag, options_.quirks.any_checksum);
  if (answer) last_heard_ = BootClock::now();
  return answer;
}

Task<LanSession::Result> LanSession::ask_before_session(Request request) {
  if (!socket_.connected()) {
    const auto failure = co_await socket_.connect(options_.host, options_.port, BootClock::now() + options_.timeout);
    if (failure != PollFailure::none) co_return tl::unexpected(failure);
  }
  tag_ = static_cast<std::uint8_t>((tag_ + 1U) & k_last_tag);
  const auto packet = packet_before_session(request, tag_);
  for (unsigned attempt = 0; attempt < k_tries && !abandoned_; ++attempt) {
    const auto unsent = socket_.send(packet.written());
    if (unsent != PollFailure::none) co_return tl::unexpected(unsent);
    stats_.sent(packet.size());
    const auto deadline = BootClock::now() + of_a_try();
    for (;;) {
      const auto size = co_await socket_.receive(received, deadline);
      if (!size && size.error() != PollFailure::timeout) co_return tl::unexpected(size.error());
      if (!size) break;
      stats_.received(*size);
      if (const auto answer = parse_before_session(std::span{received}.first(*size), request, tag_)) co_return *answer;
    }
  }
  co_return tl::unexpected(PollFailure::timeout);
}

Task<void> LanSession::close() {
  if (seal_) {
    const auto answer = co_await exchange(close_session(seal_->keys().bmc), 1, k_patience_at_close);
    static_cast<void>(answer);  // a BMC that does not answer forgets the session by itself
  }
  seal_.reset();
  socket_.close();
}

void LanSession::abandon() {
  abandoned_ = true;
  socket_.interrupt();
}

}  // namespace pue::ipmi
