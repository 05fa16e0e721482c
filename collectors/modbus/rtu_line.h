#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tl/expected.hpp>
#include <tuple>

#include "agent/pipeline/collector_stats.h"
#include "collectors/modbus/reader.h"
#include "collectors/modbus/rtu_late_guard.h"
#include "collectors/modbus/serial_port.h"
#include "collectors/modbus/wire.h"

namespace pue::modbus {

/// What became of one question.
struct RtuAnswer {
  PollFailure failure = PollFailure::none;
  /// False for a refusal that may belong to an earlier question, or to the registers that were asked for beyond those
  /// wanted. Nothing is to be learned from it about the registers wanted.
  bool certain = true;
  Duration latency{};
};

/// Questions and answers on one serial line, one at a time, with no late answer ever taken for the present one.
///
/// While a unit owes an answer (LateGuard), a question of that answer's shape is widened by a register, or eight bits,
/// until its own answer has a shape that nothing earlier can have; the registers wanted come first in it. Where that
/// cannot be done, since the device refuses it or its limit is reached, the unit is not asked until nothing is owed.
/// Used by one thread.
class RtuLine {
 public:
  struct Settings {
    plan::SerialLine line;
    Duration late_window = std::chrono::seconds{3};
    Duration pause_between_requests{};
  };

  /// @param interrupt descriptor that becomes readable when waiting must end; -1: none.
  /// @param stats counts bytes and requests; may be null.
  RtuLine(Settings settings, int interrupt, CollectorStats* stats);

  using Guards = std::map<std::uint8_t, LateGuard>;
  /// Answers that are still on their way, by unit; those that another line on the same port left.
  [[nodiscard]] const Guards& guards() const { return guards_; }
  void inherit(Guards guards) { guards_ = std::move(guards); }

  /// Lets the port go.
  void close() { port_.close(); }

  /// Opens the port where it is closed and the pause since the last attempt is over.
  /// @return whether it is open.
  [[nodiscard]] bool ensure_open();
  /// @return when a closed port is tried again.
  [[nodiscard]] Instant next_attempt() const { return next_open_; }
  /// @return how often the port has been opened: it differs from an earlier answer when the port was lost since.
  [[nodiscard]] unsigned times_opened() const { return times_opened_; }

  /// @param most registers (or bits) the device gives in one answer.
  /// @return what to ask now to learn `request`; nothing while every form of it could be given a late answer.
  [[nodiscard]] std::optional<ReadRequest> question_for(const ReadRequest& request, std::uint16_t most,
                                                        Instant now) const;
  /// @return when the unit has been silent long enough to be asked again after a failure.
  [[nodiscard]] Instant silent_until(std::uint8_t unit) const;

  /// Asks, waits for the answer at most `timeout` beyond the time the bytes take on the wire.
  /// @param out room for `request.count` words.
  /// @return timeout, without asking, where question_for() has none.
  [[nodiscard]] RtuAnswer read(const ReadRequest& request, std::uint16_t most, Duration timeout,
                               std::span<std::uint16_t> out);
  [[nodiscard]] tl::expected<IdentifyReply, PollFailure> identify(const IdentifyRequest& request, Duration timeout);

  /// Waits until `until` or the interrupt, and takes note of what arrives meanwhile.
  void listen(Instant until);

 private:
  using Bytes = std::span<const std::uint8_t>;
  struct Frame {
    Bytes unit_and_data;  ///< without checksum
    bool certain = true;
    Duration latency{};
  };

  [[nodiscard]] tl::expected<Frame, PollFailure> ask(Bytes question, ReplyShape expected, Duration timeout);
  [[nodiscard]] tl::expected<Frame, PollFailure> await(ReplyShape expected, Instant sent, Instant deadline);
  [[nodiscard]] PollFailure clear_line();
  void took_unasked(ReplyShape shape, Instant now) { guard_of(shape.unit).came_late(shape, now); }
  [[nodiscard]] PollFailure lost(PollFailure failure);
  [[nodiscard]] LateGuard& guard_of(std::uint8_t unit);
  [[nodiscard]] Bytes as_tcp_frame(Bytes unit_and_data);

  Settings settings_;
  SerialPort port_;
  CollectorStats* stats_;
  Guards guards_;
  std::set<std::tuple<std::uint8_t, ReadFunction, unsigned>> ends_refused_;  ///< first register behind what is given
  Instant next_open_{};
  Duration reopen_pause_;
  Instant last_question_ended_{};
  unsigned times_opened_ = 0;
  bool told_of_echo_ = false;
  std::array<std::uint16_t, k_max_bits> words_{};
  std::array<std::uint8_t, k_max_frame> frame_{};
};

}  // namespace pue::modbus
