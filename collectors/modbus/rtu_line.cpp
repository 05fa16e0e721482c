#include "collectors/modbus/rtu_line.h"

#include <algorithm>

#include "agent/log/log.h"

namespace pue::modbus {
namespace {

constexpr Duration k_first_reopen_pause = std::chrono::milliseconds{250};
constexpr Duration k_longest_reopen_pause = std::chrono::seconds{5};
constexpr std::uint8_t k_encapsulated = 0x2B;

bool reads_bits(ReadFunction function) {
  return function == ReadFunction::coils || function == ReadFunction::discrete_inputs;
}

/// Identification answers are told apart by what was asked for, as far as that shows in them: not at all.
ReplyShape shape_of(const IdentifyRequest& request) { return {.unit = request.unit, .function = k_encapsulated}; }

ReplyShape shape_in(std::span<const std::uint8_t> unit_and_data) {
  const bool counted = unit_and_data[1] >= 1 && unit_and_data[1] <= 4;
  return {.unit = unit_and_data[0],
          .function = unit_and_data[1],
          .byte_count = counted ? unit_and_data[2] : std::uint8_t{0}};
}

PollFailure mismatch(ReplyShape expected, ReplyShape found) {
  if (found.unit != expected.unit) return PollFailure::wrong_unit;
  if (found.function != expected.function) return PollFailure::wrong_function;
  return PollFailure::wrong_byte_count;
}

}  // namespace

RtuLine::RtuLine(Settings settings, int interrupt, CollectorStats* stats)
    : settings_(std::move(settings)),
      port_(settings_.line, interrupt),
      stats_(stats),
      reopen_pause_(k_first_reopen_pause) {}

bool RtuLine::ensure_open() {
  if (port_.is_open()) return true;
  const Instant now = BootClock::now();
  if (now < next_open_) return false;
  // Until something is heard the pause grows: a port that opens and is gone again must not be opened in a loop.
  next_open_ = now + reopen_pause_;
  reopen_pause_ = std::min(2 * reopen_pause_, k_longest_reopen_pause);
  if (port_.open() != PollFailure::none) return false;
  ++times_opened_;
  return true;
}

PollFailure RtuLine::lost(PollFailure failure) {
  if (failure != PollFailure::port_lost) return failure;
  if (port_.is_open()) log::warn("serial port is gone", {{"port", settings_.line.path}});
  port_.close();
  next_open_ = std::max(next_open_, BootClock::now() + k_first_reopen_pause);
  return failure;
}

LateGuard& RtuLine::guard_of(std::uint8_t unit) {
  return guards_.try_emplace(unit, settings_.late_window).first->second;
}

Instant RtuLine::silent_until(std::uint8_t unit) const {
  const auto guard = guards_.find(unit);
  return guard == guards_.end() ? Instant{} : guard->second.silent_until();
}

std::optional<ReadRequest> RtuLine::question_for(const ReadRequest& request, std::uint16_t most, Instant now) const {
  const auto guard = guards_.find(request.unit);
  ReadRequest question = request;
  if (guard == guards_.end() || !guard->second.owes(modbus::shape_of(question), now)) return question;

  const bool bits = reads_bits(request.function);
  const unsigned limit = std::min<unsigned>({most, bits ? k_max_bits : k_max_registers, 65536U - request.address});
  for (unsigned count = request.count + (bits ? 8U : 1U); count <= limit; count += bits ? 8U : 1U) {
    if (ends_refused_.contains({request.unit, request.function, request.address + count})) return std::nullopt;
    question.count = static_cast<std::uint16_t>(count);
    if (!guard->second.owes(modbus::shape_of(question), now)) return question;
  }
  return std::nullopt;
}

PollFailure RtuLine::clear_line() {
  const auto bytes = port_.discard();
  if (!bytes) return lost(bytes.error());
  if (bytes->empty()) return PollFailure::none;
  if (stats_ != nullptr) stats_->received(bytes->size());
  const Instant now = BootClock::now();
  for_each_reply(*bytes, [&](ReplyShape shape) { took_unasked(shape, now); });
  return port_.never_pauses() ? PollFailure::unsolicited : PollFailure::none;
}

tl::expected<RtuLine::Frame, PollFailure> RtuLine::await(ReplyShape expected, Instant sent, Instant deadline) {
  PollFailure seen = PollFailure::timeout;
  while (true) {
    const auto answer = port_.receive(expected.unit, deadline);
    const Instant now = BootClock::now();
    if (!answer) return tl::unexpected{answer.error() == PollFailure::timeout ? seen : answer.error()};
    if (stats_ != nullptr) stats_->received(answer->size() + 2);
    const ReplyShape found = shape_in(*answer);
    if (found == expected) return Frame{.unit_and_data = *answer, .latency = now - sent};
    if (found.unit == expected.unit && found.function == (expected.function | 0x80U)) {
      const bool certain = !guard_of(expected.unit).owes_any(expected.function, now);
      return Frame{.unit_and_data = *answer, .certain = certain, .latency = now - sent};
    }
    // The present answer may still come. One that was owed is no news; any other says what is wrong here.
    if (!guard_of(found.unit).owes(found, now)) seen = mismatch(expected, found);
    took_unasked(found, now);
  }
}

tl::expected<RtuLine::Frame, PollFailure> RtuLine::ask(Bytes question, ReplyShape expected, Duration timeout) {
  port_.wait_pause(last_question_ended_ + settings_.pause_between_requests);
  const Instant sent = BootClock::now();
  if (stats_ != nullptr) stats_->sent(question.size() + 2);
  auto failure = port_.send(question);
  tl::expected<Frame, PollFailure> answer = tl::unexpected{failure};
  if (failure == PollFailure::none) {
    const std::size_t bytes = question.size() + 2 + 5 + expected.byte_count;
    answer = await(expected, sent, sent + timeout + port_.time_of(bytes));
  }
  const Instant now = BootClock::now();
  last_question_ended_ = now;
  if (answer && answer->certain) {
    reopen_pause_ = k_first_reopen_pause;
    return answer;
  }
  const bool silent = !answer && answer.error() == PollFailure::timeout;
  guard_of(expected.unit).unanswered(expected, silent, now);
  if (answer) return answer;
  if (answer.error() == PollFailure::unsolicited && !settings_.line.suppress_echo && !told_of_echo_) {
    told_of_echo_ = true;
    log::warn("the serial adapter returns what is sent: set echo = true on its bus", {{"port", settings_.line.path}});
  }
  if (lost(answer.error()) == PollFailure::port_lost) return answer;
  if (clear_line() == PollFailure::port_lost) return tl::unexpected{PollFailure::port_lost};
  return answer;
}

RtuLine::Bytes RtuLine::as_tcp_frame(Bytes unit_and_data) {
  frame_[4] = static_cast<std::uint8_t>(unit_and_data.size() >> 8);
  frame_[5] = static_cast<std::uint8_t>(unit_and_data.size() & 0xFFU);
  std::copy(unit_and_data.begin(), unit_and_data.end(), frame_.begin() + k_mbap_header);
  return Bytes(frame_).first(k_mbap_header + unit_and_data.size());
}

RtuAnswer RtuLine::read(const ReadRequest& request, std::uint16_t most, Duration timeout,
                        std::span<std::uint16_t> out) {
  if (!ensure_open()) return {.failure = PollFailure::port_lost};
  const auto cleared = clear_line();
  if (cleared != PollFailure::none) return {.failure = cleared};
  const auto question = question_for(request, most, BootClock::now());
  if (!question) return {.failure = PollFailure::timeout};

  const auto bytes = build_read(0, *question);
  const auto frame = ask(Bytes(bytes).subspan(k_mbap_header), modbus::shape_of(*question), timeout);
  if (!frame) return {.failure = frame.error()};

  RtuAnswer answer{.certain = frame->certain, .latency = frame->latency};
  answer.failure = parse_read(*question, as_tcp_frame(frame->unit_and_data), words_);
  const bool widened = question->count != request.count;
  if (widened && answer.failure != PollFailure::none) {
    answer.certain = false;
    const bool refused = answer.failure == PollFailure::illegal_address || answer.failure == PollFailure::illegal_value;
    if (refused) ends_refused_.insert({request.unit, request.function, unsigned{question->address} + question->count});
  }
  if (answer.failure == PollFailure::none) std::copy_n(words_.begin(), request.count, out.begin());
  return answer;
}

tl::expected<IdentifyReply, PollFailure> RtuLine::identify(const IdentifyRequest& request, Duration timeout) {
  if (!ensure_open()) return tl::unexpected{PollFailure::port_lost};
  const auto cleared = clear_line();
  if (cleared != PollFailure::none) return tl::unexpected{cleared};
  const auto shape = shape_of(request);
  if (guard_of(request.unit).owes(shape, BootClock::now())) return tl::unexpected{PollFailure::timeout};
  const auto bytes = build_identify(0, request);
  const auto frame = ask(Bytes(bytes).subspan(k_mbap_header), shape, timeout);
  if (!frame) return tl::unexpected{frame.error()};
  return parse_identify(request, as_tcp_frame(frame->unit_and_data));
}

void RtuLine::listen(Instant until) {
  if (port_.wait_readable(until)) static_cast<void>(clear_line());
}

}  // namespace pue::modbus
