#include "collectors/ipmi/lan_session.h"

#include <algorithm>

namespace pue::ipmi {
namespace {

constexpr Duration k_first_back_off = std::chrono::seconds{5};
constexpr Duration k_longest_back_off = std::chrono::minutes{5};
constexpr Duration k_patience_at_close = std::chrono::milliseconds{500};
constexpr unsigned k_tries_at_close = 2;
constexpr std::uint8_t k_last_tag = 0x3F;
constexpr unsigned k_forgotten_to_believe = 2;
constexpr Duration::rep k_most_keep_alives = 9;

/// Received packets of one thread; a packet is used up before the next one is waited for.
thread_local std::array<std::uint8_t, k_most_packet> received;

}  // namespace

// NOLINTNEXTLINE(cert-msc32-c,cert-msc51-cpp): the jitter is seeded in the body, from the generator of the keys
LanSession::LanSession(asio::io_context& context, Crypto& crypto, CollectorStats& stats, LanOptions options)
    : crypto_(crypto),
      stats_(stats),
      options_(std::move(options)),
      least_keep_alive_(options_.keep_alive / k_most_keep_alives),
      socket_(context) {
  std::array<std::uint8_t, 5> seed{};
  crypto_.random(seed);
  jitter_.seed(static_cast<unsigned>(seed[0] | (seed[1] << 8) | (seed[2] << 16) | (seed[3] << 23)));
  tag_ = seed[4] & k_last_tag;
}

Task<LanSession::Result> LanSession::ask(Request request) {
  const unsigned tries = request.repeatable() ? k_tries : 1;
  const bool was_open = is_open();
  const auto idle = BootClock::now() - last_heard_;
  for (bool old_session = was_open;; old_session = false) {
    if (!is_open()) {
      const auto failure = co_await log_in();
      if (failure != PollFailure::none) co_return tl::unexpected(failure);
    }
    const auto answer = co_await exchange(request, tries, options_.timeout / static_cast<Duration::rep>(tries));
    if (answer && was_open) learn(idle, !old_session);
    if (answer || abandoned_) co_return answer;
    if (answer.error() != PollFailure::timeout) {
      seal_.reset();
      socket_.close();
      co_return answer;
    }
    give_up_session();
    // No answer where there used to be one: the BMC may have restarted and know nothing of the session.
    if (!old_session) co_return answer;
  }
}

Instant LanSession::keep_alive_due() const { return is_open() ? last_heard_ + options_.keep_alive : Instant::max(); }

/// Once is a restart; twice with no silence survived in between is a BMC that forgets sooner than it should.
void LanSession::learn(Duration idle, bool forgotten) {
  if (idle < least_keep_alive_) return;
  forgotten_ = forgotten ? forgotten_ + 1 : 0;
  if (forgotten_ < k_forgotten_to_believe) return;
  forgotten_ = 0;
  options_.keep_alive = std::min(options_.keep_alive, std::max(idle / 2, least_keep_alive_));
}

Task<PollFailure> LanSession::log_in() {
  if (abandoned_) co_return PollFailure::timeout;
  if (BootClock::now() < silent_until_) co_return silence_;
  if (!socket_.connected()) {
    const auto failure =
        co_await socket_.connect(options_.host, options_.port, BootClock::now() + options_.timeout, turn_);
    if (failure != PollFailure::none) co_return failure;
  }
  auto failure = PollFailure::cipher_refused;
  // The suite that worked is the first one to be tried; the list is gone through once.
  for (std::size_t tried = 0; tried < options_.suites.size() && failure == PollFailure::cipher_refused; ++tried) {
    failure = co_await open_session();
    if (failure == PollFailure::cipher_refused) suite_ = (suite_ + 1) % options_.suites.size();
  }
  if (failure == PollFailure::none) failure = co_await raise_privilege();
  remember(failure);
  co_return failure;
}

/// One handshake, or two: a BMC that has shown that it knows the password and then refuses ours has drawn new numbers
/// for a RAKP 1 that reached it twice. That is no wrong password; the second time it gets only one to answer.
Task<PollFailure> LanSession::open_session() {
  for (;;) {
    Handshake handshake{crypto_, options_.credentials, suite(), options_.quirks};
    const auto failure = co_await shake_hands(handshake);
    refusal_ = handshake.status();
    if (handshake.proven()) seal_.emplace(crypto_, handshake.keys());
    if (failure == PollFailure::none) co_return failure;
    give_up_session();
    if (failure != PollFailure::authentication || !handshake.proven() || patient_) co_return failure;
    patient_ = true;
  }
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
      std::uniform_real_distribution<double> spread{0.5, 1.0};
      const auto back_off = std::min(doubled, k_longest_back_off);
      silence_ = failure;
      silent_until_ =
          now + Duration{static_cast<Duration::rep>(static_cast<double>(back_off.count()) * spread(jitter_))};
      return;
    }
    default:
      // The address behind a name may be another one next time.
      socket_.close();
      ++turn_;
  }
}

Task<PollFailure> LanSession::shake_hands(Handshake& handshake) {
  for (;;) {
    auto progress = Handshake::Progress::ignored;
    const unsigned tries = patient_ && handshake.at_rakp_1() ? 1 : k_tries;
    for (unsigned attempt = 0; attempt < tries && progress == Handshake::Progress::ignored; ++attempt) {
      if (abandoned_) co_return PollFailure::timeout;
      const auto unsent = send(handshake.packet());
      if (unsent != PollFailure::none) co_return unsent;
      const auto deadline = BootClock::now() + options_.timeout / static_cast<Duration::rep>(tries);
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

void LanSession::next_tag() { tag_ = static_cast<std::uint8_t>((tag_ + 1U) & k_last_tag); }

PollFailure LanSession::send(const PacketWriter& packet) {
  const auto unsent = socket_.send(packet.written());
  if (unsent == PollFailure::none) stats_.sent(packet.size());
  return unsent;
}

PollFailure LanSession::send_sealed(const Request& request) {
  PacketWriter message;
  append_message(message, request, tag_);
  return send(seal_->seal(message.written()));
}

/// Sends up to `tries` times and takes what arrives in between, until `look` finds the answer in it.
template <class Send, class Look>
Task<LanSession::Result> LanSession::converse(unsigned tries, Duration each, Send say, Look look) {
  for (unsigned attempt = 0; attempt < tries && !abandoned_; ++attempt) {
    const auto unsent = say();
    if (unsent != PollFailure::none) co_return tl::unexpected(unsent);
    const auto deadline = BootClock::now() + each;
    for (;;) {
      const auto size = co_await socket_.receive(received, deadline);
      if (!size && size.error() != PollFailure::timeout) co_return tl::unexpected(size.error());
      if (!size) break;
      stats_.received(*size);
      if (const auto answer = look(*size)) co_return *answer;
    }
  }
  co_return tl::unexpected(PollFailure::timeout);
}

Task<LanSession::Result> LanSession::exchange(Request request, unsigned tries, Duration each) {
  next_tag();
  co_return co_await converse(
      tries, each, [&] { return send_sealed(request); },
      [&](std::size_t size) { return answer_in(size, request, tag_); });
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
    const auto failure =
        co_await socket_.connect(options_.host, options_.port, BootClock::now() + options_.timeout, turn_);
    if (failure != PollFailure::none) co_return tl::unexpected(failure);
  }
  next_tag();
  co_return co_await converse(
      k_tries, of_a_try(), [&] { return send(packet_before_session(request, tag_)); },
      [&](std::size_t size) { return parse_before_session(std::span{received}.first(size), request, tag_); });
}

Task<void> LanSession::close() {
  if (seal_ && !abandoned_) {
    const auto answer =
        co_await exchange(close_session(seal_->keys().bmc), k_tries_at_close, k_patience_at_close / k_tries_at_close);
    static_cast<void>(answer);  // a BMC that does not answer forgets the session by itself
    seal_.reset();
  }
  give_up_session();
  socket_.close();
}

/// One packet without an answer: where it is lost, the BMC forgets the session after a minute.
void LanSession::give_up_session() {
  if (!seal_) return;
  next_tag();
  static_cast<void>(send_sealed(close_session(seal_->keys().bmc)));
  seal_.reset();
}

void LanSession::abandon() {
  abandoned_ = true;
  socket_.interrupt();
}

}  // namespace pue::ipmi
