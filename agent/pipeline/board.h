#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agent/pipeline/figure.h"
#include "agent/pipeline/poll_failure.h"
#include "agent/pipeline/power_source.h"
#include "agent/pipeline/sample.h"
#include "agent/pipeline/seqlock_block.h"
#include "agent/pipeline/serial_text.h"

namespace pue {

/// What is known of one device's conversation. Written by the one collector thread that polls it, read by anyone; the
/// members are independent of each other.
class DeviceState {
 public:
  /// Writer: a request was answered as asked.
  void succeeded(Instant at, Duration latency) {
    // relaxed throughout: each member stands for itself, no other memory is published through it
    polls_.store(polls_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    last_success_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
    latency_.store(latency.count(), std::memory_order_relaxed);
  }
  /// Writer: a request ended in `failure`.
  void failed(PollFailure failure) {
    polls_.store(polls_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    auto& count = failures_[static_cast<std::size_t>(failure)];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    last_failure_.store(static_cast<std::uint8_t>(failure), std::memory_order_relaxed);
  }
  /// Writer: whether the device counts as answering.
  void set_up(bool up) { up_.store(up, std::memory_order_relaxed); }

  /// Writer: what the device's power is read from, and whether its supplies feed other machines of the chassis too.
  void set_power_source(PowerSource source, bool shared_supply) {
    power_source_.store(static_cast<std::uint8_t>(static_cast<unsigned>(source) | (shared_supply ? k_shared : 0U)),
                        std::memory_order_relaxed);
  }

  /// The serial number, of a device that tells it as a text.
  [[nodiscard]] SerialText& serial_text() { return serial_text_; }
  [[nodiscard]] const SerialText& serial_text() const { return serial_text_; }

  [[nodiscard]] PowerSource power_source() const {
    return static_cast<PowerSource>(power_source_.load(std::memory_order_relaxed) & ~k_shared);
  }
  /// Whether other machines draw from the same supplies, so that a sum over the chassis would count them twice.
  [[nodiscard]] bool shared_supply() const { return (power_source_.load(std::memory_order_relaxed) & k_shared) != 0; }
  [[nodiscard]] bool up() const { return up_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t polls() const { return polls_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t failures(PollFailure failure) const {
    return failures_[static_cast<std::size_t>(failure)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] PollFailure last_failure() const {
    return static_cast<PollFailure>(last_failure_.load(std::memory_order_relaxed));
  }
  /// @return nothing while the device has never answered.
  [[nodiscard]] std::optional<Instant> last_success() const {
    const auto count = last_success_.load(std::memory_order_relaxed);
    if (count == 0) return std::nullopt;
    return Instant{Duration{count}};
  }
  /// Time from request to answer of the last good request.
  [[nodiscard]] Duration latency() const { return Duration{latency_.load(std::memory_order_relaxed)}; }

 private:
  static constexpr unsigned k_shared = 0x80;

  std::atomic<std::int64_t> last_success_{0};
  std::atomic<std::int64_t> latency_{0};
  std::atomic<std::uint64_t> polls_{0};
  std::array<std::atomic<std::uint64_t>, k_poll_failures> failures_{};
  std::atomic<std::uint8_t> last_failure_{0};
  std::atomic<bool> up_{false};
  std::atomic<std::uint8_t> power_source_{0};  ///< PowerSource and k_shared: the two belong together
  SerialText serial_text_;
};

/// The one place where the agent's present state can be read. Sized when the configuration loads and never again.
///
/// Points: one atomic word each, written by the engine. Figures: one block in which everything belongs to the same
/// tick, written by the engine; another in which everything belongs to the ledger's last commit, written by its thread.
/// Devices: written by their collector. Readers never wait on a writer.
class Board {
 public:
  /// @param ledger figures that come from the ledger; 0 where none is kept.
  Board(std::size_t points, std::size_t figures, std::size_t devices, std::size_t ledger = 0)
      : points_(points), figures_(figures), ledger_(ledger), devices_(devices) {
    const std::vector<std::uint64_t> unknown(std::max(figures, ledger), Figure{}.word());
    figures_.write(std::span{unknown}.first(figures));
    ledger_.write(std::span{unknown}.first(ledger));
    // relaxed: no other thread knows the board yet
    for (auto& point : points_) point.store(Figure{}.word(), std::memory_order_relaxed);
  }

  /// Engine only.
  void set_point(PointId point, Figure figure) {
    // relaxed: a point stands for itself, no other memory is published through it
    points_[point].store(figure.word(), std::memory_order_relaxed);
  }
  /// @return the point's present value in its SI unit; nothing while it is unknown or stale.
  [[nodiscard]] std::optional<double> point(PointId point) const {
    return Figure::from_word(points_[point].load(std::memory_order_relaxed)).value();
  }
  [[nodiscard]] std::size_t points() const { return points_.size(); }

  /// Engine only: all figures of one tick.
  void publish(std::span<const std::uint64_t> words) { figures_.write(words); }
  /// Copies all figures of one tick; `out` must have figures() words.
  void read_figures(std::span<std::uint64_t> out) const { figures_.read(out); }
  [[nodiscard]] std::size_t figures() const { return figures_.size(); }

  /// The ledger's thread only: all that belongs to one commit.
  void publish_ledger(std::span<const std::uint64_t> words) { ledger_.write(words); }
  /// Copies what the ledger says; `out` must have ledger_figures() words.
  void read_ledger(std::span<std::uint64_t> out) const { ledger_.read(out); }
  [[nodiscard]] std::size_t ledger_figures() const { return ledger_.size(); }

  [[nodiscard]] DeviceState& device(DeviceId device) { return devices_[device]; }
  [[nodiscard]] const DeviceState& device(DeviceId device) const { return devices_[device]; }
  [[nodiscard]] std::size_t devices() const { return devices_.size(); }

 private:
  std::vector<std::atomic<std::uint64_t>> points_;
  SeqlockBlock figures_;
  SeqlockBlock ledger_;
  std::vector<DeviceState> devices_;
};

}  // namespace pue
