#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "agent/units/time.h"

namespace pue::modbus {

/// Something that is due now and then on a grid: `due`, then at `phase` + n * `interval`.
struct Poll {
  Instant due{};    ///< when it fires next; the first is where its owner wants it, the others lie on the grid
  Instant phase{};  ///< any place on its grid
  Duration interval{};
  Poll* next = nullptr;  ///< inside a slot; the wheel's own
};

/// The instants at which polls leave. Time is cut into slots; all polls of a slot leave together, so that one wake-up
/// serves many of them. A poll stays on its grid for ever: nothing adds up to a drift. After
/// a pause of the process (or a suspend) each poll fires once and goes on on its grid.
///
/// Holds no memory of its own but the slots. Used by one thread.
class PollWheel {
 public:
  PollWheel(Duration slot, Instant now) : slot_(slot), begin_(now) {}

  void add(Poll& poll) {
    const auto index = std::max(slot_after(poll.due), done_ + 1);
    auto& head = slots_[static_cast<std::size_t>(index) % k_slots];
    poll.next = head;
    head = &poll;
  }

  /// @return the beginning of the slot in which `at` lies: a place on the grid from which nothing is ever late.
  [[nodiscard]] Instant slot_of(Instant at) const { return begin_ + slot_ * ((at - begin_) / slot_); }

  /// @return when the next slot comes; not before it can anything be due.
  [[nodiscard]] Instant next_slot() const { return begin_ + slot_ * (done_ + 1); }

  /// Calls `fire(poll, lateness)` for every poll that is due, with the time since its place on the grid.
  template <class Fire>
  void advance(Instant now, Fire&& fire) {
    const auto reached = (now - begin_) / slot_;
    if (reached <= done_) return;
    // after a long pause each slot is visited once, not once for each turn of the wheel that was missed
    const auto from = std::max(done_ + 1, reached - static_cast<std::int64_t>(k_slots) + 1);
    done_ = reached;
    for (auto slot = from; slot <= reached; ++slot) turn(slot, now, fire);
  }

  /// The longest slot of 50, 25, 20 or 10 ms that divides all intervals seen; 10 ms where none does.
  class SlotChoice {
   public:
    void see(Duration interval) {
      for (std::size_t i = 0; i < k_lengths.size(); ++i) fits_[i] = fits_[i] && interval % k_lengths[i] == Duration{};
    }
    [[nodiscard]] Duration length() const {
      for (std::size_t i = 0; i < k_lengths.size(); ++i) {
        if (fits_[i]) return k_lengths[i];
      }
      return k_lengths.back();
    }

   private:
    static constexpr std::array<Duration, 4> k_lengths{std::chrono::milliseconds{50}, std::chrono::milliseconds{25},
                                                       std::chrono::milliseconds{20}, std::chrono::milliseconds{10}};
    std::array<bool, 4> fits_{true, true, true, true};
  };

 private:
  static constexpr std::size_t k_slots = 256;

  /// The first slot that begins at or after `at`.
  [[nodiscard]] std::int64_t slot_after(Instant at) const { return (at - begin_ + slot_ - Duration{1}) / slot_; }

  /// The poll's first place on its grid that is at least half an interval away: right after the first poll, which
  /// comes at no place of the grid, the next one would be of no use.
  static Instant after(const Poll& poll, Instant now) {
    const auto steps = (now + poll.interval / 2 - poll.phase + poll.interval - Duration{1}) / poll.interval;
    return poll.phase + poll.interval * std::max<std::int64_t>(steps, 0);
  }

  template <class Fire>
  void turn(std::int64_t slot, Instant now, Fire&& fire) {
    Poll* poll = slots_[static_cast<std::size_t>(slot) % k_slots];
    slots_[static_cast<std::size_t>(slot) % k_slots] = nullptr;
    while (poll != nullptr) {
      Poll* const next = poll->next;
      if (poll->due <= now) {
        const auto lateness = now - poll->due;
        poll->due = after(*poll, now);
        add(*poll);
        fire(*poll, lateness);
      } else {
        add(*poll);  // its turn of the wheel has not come
      }
      poll = next;
    }
  }

  Duration slot_;
  Instant begin_;
  std::int64_t done_ = -1;
  std::array<Poll*, k_slots> slots_{};
};

}  // namespace pue::modbus
