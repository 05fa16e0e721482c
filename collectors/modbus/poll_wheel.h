#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "agent/units/time.h"

namespace pue::modbus {

/// How long a slot is. Each wake-up of an idle processor costs as much as several requests, so slots are long enough
/// to gather `k_polls` polls; but not so long that the devices of one bus wait for each other, and no longer than
/// 250 ms. A slot divides every interval where it can: then no poll is ever late by the grid's doing.
class SlotChoice {
 public:
  static constexpr std::int64_t k_polls = 25;

  /// @param interval of a group of points
  /// @param on_bus devices on the same bus, requests of which cannot be under way at once
  void see(Duration interval, std::size_t on_bus) {
    ++polls_;
    shortest_ = std::min(shortest_, interval);
    most_ = std::min(most_, interval / static_cast<Duration::rep>(std::max<std::size_t>(on_bus, 1)));
    for (std::size_t i = 0; i < k_lengths.size(); ++i) fits_[i] = fits_[i] && interval % k_lengths[i] == Duration{};
  }
  [[nodiscard]] Duration length() const {
    // divided first: the shortest interval may be a day
    const auto gathers = polls_ <= k_polls ? shortest_ : shortest_ / polls_ * k_polls;
    for (std::size_t i = 0; i < k_lengths.size(); ++i) {
      if (fits_[i] && k_lengths[i] <= std::min(most_, gathers)) return k_lengths[i];
    }
    return k_lengths.back();
  }

 private:
  using Ms = std::chrono::milliseconds;
  static constexpr std::array<Duration, 8> k_lengths{Ms{250}, Ms{200}, Ms{125}, Ms{100},
                                                     Ms{50},  Ms{25},  Ms{20},  Ms{10}};

  std::int64_t polls_ = 0;
  Duration shortest_ = std::chrono::hours{24};
  Duration most_ = k_lengths.front();
  std::array<bool, 8> fits_{true, true, true, true, true, true, true, true};
};

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
