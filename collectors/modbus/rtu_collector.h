#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "collectors/collector.h"
#include "collectors/modbus/rtu_line.h"
#include "collectors/modbus/unit_health.h"
#include "collectors/modbus/unit_program.h"
#include "collectors/sample_sink.h"

namespace pue::modbus {

/// Polls the devices of one serial line, one question at a time, from a thread of its own.
///
/// Every device is polled at the start, then at its place on a grid that spreads the devices of the line evenly over
/// the interval. Where the line is too slow for its intervals the device that has waited longest comes first, and the
/// places on the grid that were missed are counted. A silent device costs the others its time-out and no more: it is
/// left alone for the bus's late window (at least the longest time-out), and asleep after three silences. While the
/// port is gone it is looked for with growing pauses, up to five seconds; when it is back, all devices are polled
/// again.
class RtuCollector final : public collectors::Collector {
 public:
  /// `plan` and `board` must outlive the collector. `bus` is a serial line of the plan that nobody else polls. With a
  /// heritage that does not know the line, it is listened to for a late window before anything is asked. Throws
  /// std::runtime_error when the system has no descriptor left for it.
  RtuCollector(const plan::Plan& plan, plan::BusId bus, Board& board, const collectors::Heritage* heritage = nullptr);
  ~RtuCollector() override;

  void start() override;
  void stop() override;
  void leave(collectors::Heritage& heritage) const override;
  [[nodiscard]] std::string name() const override { return bus_.name; }

 private:
  struct Unit {
    const plan::Device* device;
    UnitProgram program;
    UnitHealth health;
  };
  /// One interval group of one unit, on the grid.
  struct Place {
    Unit* unit = nullptr;
    std::uint32_t group = 0;
    Duration interval{};
    Instant phase{};  ///< any place on its grid
    Instant due{};
  };

  void be_quiet();
  void run();
  void lay_out(Instant now);
  [[nodiscard]] Place* first_awake();
  void move_on(Place& place, Instant now);
  void serve(Place& place, Instant now);
  void read_round(Unit& unit, std::size_t group, Instant now);
  [[nodiscard]] bool read_block(Unit& unit, const Block& block);
  void fail(Unit& unit, PollFailure failure, Instant now);
  void probe(Instant now);
  void wake_all(Instant now);
  [[nodiscard]] std::size_t dormant() const;
  [[nodiscard]] bool stopping() const {
    return stopping_.load(std::memory_order_acquire);
  }  // acquire: pairs with stop()

  [[nodiscard]] const std::string& port() const { return std::get<plan::SerialLine>(bus_.address).path; }

  const plan::Bus& bus_;
  int interrupt_;  ///< an eventfd; readable: the thread must end
  RtuLine line_;
  collectors::SampleSink sink_;
  std::deque<Unit> units_;
  std::vector<Place> places_;
  ProbeRotation rotation_;
  unsigned times_opened_ = 0;
  Duration hush_{};  ///< before the first question
  std::array<std::uint16_t, k_max_bits> words_{};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace pue::modbus
