#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

#include "agent/pipeline/board.h"
#include "agent/plan/plan.h"
#include "collectors/device_presence.h"

namespace pue::modbus {

/// @return whether nobody answered for the device: silence, no connection, a gateway that finds no unit, or bytes
/// that are no answer. Such a device costs a time-out each time it is tried.
[[nodiscard]] bool is_silence(PollFailure failure);

/// Whether one device answers. Keeps its `DeviceState` on the board, says in the log when it goes and when it comes
/// back, and tells when asking at the usual interval is a waste: a *dormant* device is tried once a probe period with
/// one block, so that it slows nobody else on its bus. Used by one thread.
///
/// Down: after one silence, or three exceptions in a row. Dormant: after three silences in a row, or at once where
/// the interval is longer than the probe period.
class UnitHealth {
 public:
  static constexpr std::uint8_t k_failures_to_sleep = 3;

  UnitHealth(const plan::Device& device, Duration probe_period, DeviceState& state);

  void succeeded(Instant at, Duration latency);
  void failed(PollFailure failure, Instant now);
  /// The device answered that it has no such register: counted, but it is there.
  void refused(PollFailure failure, Instant at);
  /// Bytes came from the device that nobody asked for: counted, no more.
  void disturbed(PollFailure failure) { state_->failed(failure); }

  [[nodiscard]] bool dormant() const { return dormant_; }
  [[nodiscard]] bool up() const { return presence_.up(); }
  /// The way to the device has come back: it is asked at its interval again until it fails once more.
  void wake() { dormant_ = false; }

 private:
  void answered(Instant at);

  DeviceState* state_;
  collectors::DevicePresence presence_;
  std::uint8_t in_a_row_ = 0;
  bool sleeps_at_once_ = false;
  bool dormant_ = false;
};

/// Whose turn it is to be probed among the dormant devices of a bus: one after another, spread over the probe period
/// with jitter, so that together they take at most half of the bus's time. Used by one thread.
class ProbeRotation {
 public:
  /// @param timeout the longest of the bus's devices.
  ProbeRotation(Duration probe_period, Duration timeout, std::uint32_t seed);

  /// Sets when the next probe is due, with `dormant` devices asleep: called when a device failed and is dormant, and,
  /// after `disarm`, when a probe is sent. While it is armed the earlier instant stays.
  void schedule(Instant now, std::size_t dormant);
  [[nodiscard]] bool armed() const { return armed_; }
  void disarm() { armed_ = false; }
  /// @return when the next probe is due; meaningless unless armed.
  [[nodiscard]] Instant due() const { return due_; }

  /// @return the next dormant one of `count` devices after the last that was returned; `count` when there is none.
  /// @param is_dormant by index.
  template <class IsDormant>
  [[nodiscard]] std::size_t next(std::size_t count, IsDormant&& is_dormant) {
    for (std::size_t i = 1; i <= count; ++i) {
      const std::size_t candidate = (last_ + i) % count;
      if (!is_dormant(candidate)) continue;
      last_ = candidate;
      return candidate;
    }
    return count;
  }

 private:
  Duration probe_period_;
  Duration timeout_;
  Instant due_{};
  std::minstd_rand random_;
  std::size_t last_ = 0;
  bool armed_ = false;
};

}  // namespace pue::modbus
