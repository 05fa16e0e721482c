#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "agent/units/time.h"

namespace pue::modbus {

/// Something that may have to happen at an instant and mostly does not: the deadline of a request. Owned by whoever
/// waits; must be cancelled before it dies.
class Alarm {
 public:
  virtual void ring(Instant now) = 0;

  [[nodiscard]] bool set() const { return previous_ != nullptr; }

 protected:
  Alarm() = default;
  virtual ~Alarm() { unlink(); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  friend class AlarmWheel;

  void unlink() {
    if (previous_ == nullptr) return;
    *previous_ = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
    previous_ = nullptr;
    next_ = nullptr;
  }

  Instant at_{};
  Alarm** previous_ = nullptr;  ///< whatever points here
  Alarm* next_ = nullptr;
};

/// The deadlines of a thread, ten milliseconds to a slot. Setting and cancelling cost a few instructions and no memory,
/// which a timer queue cannot offer: nearly every deadline is cancelled. Used by one thread.
class AlarmWheel {
 public:
  static constexpr Duration k_slot = std::chrono::milliseconds{10};

  explicit AlarmWheel(Instant now) : begin_(now) {}

  /// Rings `alarm` at `at` or up to one slot later; replaces what it was set to.
  void set(Alarm& alarm, Instant at) {
    alarm.unlink();
    alarm.at_ = at;
    link(alarm);
  }
  void cancel(Alarm& alarm) { alarm.unlink(); }

  void advance(Instant now) {
    const auto reached = (now - begin_) / k_slot;
    if (reached <= done_) return;
    const auto from = std::max(done_ + 1, reached - static_cast<std::int64_t>(k_slots) + 1);
    done_ = reached;
    for (auto slot = from; slot <= reached; ++slot) {
      // The list is taken as it is; alarms set meanwhile land in later slots.
      Alarm* taken = slots_[index(slot)];
      slots_[index(slot)] = nullptr;
      if (taken != nullptr) taken->previous_ = &taken;
      while (taken != nullptr) {
        Alarm& alarm = *taken;
        alarm.unlink();
        if (alarm.at_ <= now) {
          alarm.ring(now);
        } else {
          link(alarm);
        }
      }
    }
  }

  /// @return the first instant up to `limit` at which an alarm may ring, or `limit`.
  [[nodiscard]] Instant next(Instant limit) const {
    for (std::size_t i = 1; i <= k_slots; ++i) {
      const auto slot = done_ + static_cast<std::int64_t>(i);
      const auto at = begin_ + k_slot * slot;
      if (at >= limit) return limit;
      if (slots_[index(slot)] != nullptr) return at;
    }
    return limit;
  }

 private:
  static constexpr std::size_t k_slots = 512;
  static std::size_t index(std::int64_t slot) { return static_cast<std::size_t>(slot) % k_slots; }

  void link(Alarm& alarm) {
    const auto slot = std::max((alarm.at_ - begin_ + k_slot - Duration{1}) / k_slot, done_ + 1);
    Alarm** head = &slots_[index(slot)];
    alarm.next_ = *head;
    if (*head != nullptr) (*head)->previous_ = &alarm.next_;
    alarm.previous_ = head;
    *head = &alarm;
  }

  Instant begin_;
  std::int64_t done_ = -1;
  std::array<Alarm*, k_slots> slots_{};
};

}  // namespace pue::modbus
