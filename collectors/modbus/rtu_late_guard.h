#pragma once

#include <vector>

#include "agent/units/time.h"
#include "collectors/modbus/rtu_frame.h"

namespace pue::modbus {

/// Keeps late answers of one unit from being taken for the answers to later questions.
///
/// An RTU answer carries neither address nor number. One that comes after its time-out looks like the answer to
/// whatever is asked then, and with libmodbus every answer after it is one question too old, for ever. What an answer
/// does carry is its unit, its function and its byte count; so while an answer is *owed* to an earlier question, no
/// question of that shape is asked of the unit. Other units need not wait: their answers carry another unit.
///
/// An answer stops being owed once it has come, late, and the unit has been silent for `late_window` after it; or once
/// four late windows have passed (12 s by default). Nothing is trusted to keep an order: a converter may deliver a
/// later answer first. What comes later than four late windows cannot be told from an answer in time, by anyone; nor
/// can the second copy of an answer whose first came in time, unless it comes while nothing is asked.
class LateGuard {
 public:
  explicit LateGuard(Duration late_window) : late_window_(late_window) {}

  /// The question whose answer would have this shape got none at all, or none that can be believed.
  void unanswered(ReplyShape shape, bool silent, Instant now);
  /// An answer came that no question was waiting for.
  void came_late(ReplyShape shape, Instant now);

  /// @return whether an answer of this shape, or an exception to its function, could belong to an earlier question.
  [[nodiscard]] bool owes(ReplyShape shape, Instant now) const;
  [[nodiscard]] bool owes_any(std::uint8_t function, Instant now) const;
  /// @return when the unit may be asked again: after a silence, or a late answer, it is left alone for one late window,
  /// so that question and late answer do not meet on the wire.
  [[nodiscard]] Instant silent_until() const { return silent_until_; }

 private:
  struct Owed {
    ReplyShape shape;
    Instant until;
  };

  Duration late_window_;
  Instant silent_until_{};
  std::vector<Owed> owed_;
};

}  // namespace pue::modbus
