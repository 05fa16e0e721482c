#include "collectors/modbus/rtu_late_guard.h"

#include <algorithm>

namespace pue::modbus {

void LateGuard::unanswered(ReplyShape shape, bool silent, Instant now) {
  std::erase_if(owed_, [now](const Owed& owed) { return owed.until <= now; });
  owed_.push_back({.shape = shape, .until = now + 4 * late_window_});
  if (silent) silent_until_ = now + late_window_;
}

void LateGuard::came_late(ReplyShape shape, Instant now) {
  silent_until_ = now + late_window_;
  const auto same = [&](const Owed& owed) { return owed.until > now && owed.shape == shape; };
  const auto owed = std::find_if(owed_.begin(), owed_.end(), same);
  if (owed != owed_.end()) {
    owed->until = std::min(owed->until, silent_until_);
    return;
  }
  // A second copy, or an answer to another master. Where there was one there may be more.
  if (!is_exception_reply(shape)) unanswered(shape, false, now);
}

bool LateGuard::owes(ReplyShape shape, Instant now) const {
  return std::any_of(owed_.begin(), owed_.end(),
                     [&](const Owed& owed) { return owed.until > now && owed.shape == shape; });
}

bool LateGuard::owes_any(std::uint8_t function, Instant now) const {
  return std::any_of(owed_.begin(), owed_.end(),
                     [&](const Owed& owed) { return owed.until > now && owed.shape.function == function; });
}

}  // namespace pue::modbus
