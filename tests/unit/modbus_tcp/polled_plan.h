#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/pipeline/board.h"
#include "agent/plan/plan.h"
#include "collectors/collector.h"
#include "collectors/modbus/tcp_collector.h"
#include "collectors/profiles/profile.h"
#include "tests/unit/modbus_tcp/scripted_server.h"

namespace pue::test {

using namespace std::chrono_literals;

/// A plan built by hand: buses to loopback ports, devices of one profile.
class PolledPlan {
 public:
  struct Unit {
    unsigned unit = 1;
    Duration interval = 50ms;
    Duration timeout = 100ms;
  };

  /// A profile of holding registers 0, 2, 4, ... of one word each, all in one block.
  static std::shared_ptr<profiles::Profile> registers(unsigned count) {
    auto profile = std::make_shared<profiles::Profile>();
    profile->id = "test";
    profile->max_gap = 8;
    for (unsigned i = 0; i < count; ++i) {
      profiles::Point point;
      point.name = "r" + std::to_string(2 * i);
      point.address = static_cast<std::uint16_t>(2 * i);
      profile->points.push_back(point);
    }
    return profile;
  }

  plan::Bus& bus(std::uint16_t port, const std::shared_ptr<const profiles::Profile>& profile,
                 const std::vector<Unit>& units) {
    plan::Bus bus;
    bus.id = static_cast<plan::BusId>(plan.buses.size());
    bus.name = "bus-" + std::to_string(bus.id);
    bus.address = plan::TcpAddress{.host = "127.0.0.1", .port = port};
    bus.probe_period = 1s;
    for (const auto& unit : units) {
      plan::Device device;
      device.id = static_cast<DeviceId>(plan.devices.size());
      device.name = bus.name + "-" + std::to_string(unit.unit);
      device.bus = bus.id;
      device.unit = static_cast<std::uint8_t>(unit.unit);
      device.profile = profile;
      device.interval = unit.interval;
      device.timeout = unit.timeout;
      for (const auto& source : profile->points) {
        plan::Point point;
        point.id = static_cast<PointId>(plan.points.size());
        point.device = device.id;
        point.name = source.name;
        point.source = &source;
        point.interval = unit.interval;
        point.stale_after = 3 * unit.interval;
        plan.points.push_back(point);
        device.points.push_back(point.id);
      }
      bus.devices.push_back(device.id);
      plan.devices.push_back(device);
    }
    return plan.buses.emplace_back(std::move(bus));
  }

  plan::Plan plan;
};

/// A collector at work on a plan, with what it delivered.
class Polling {
 public:
  explicit Polling(const plan::Plan& plan) : plan_(plan), board_(plan.points.size(), 1, plan.devices.size()) {
    std::vector<plan::BusId> buses;
    for (const auto& bus : plan.buses) buses.push_back(bus.id);
    collector_ = std::make_unique<modbus::TcpCollector>(plan, buses, board_, 0);
    collector_->start();
  }

  /// Takes samples until `enough` says so or the time is over. @return whether it was enough.
  bool until(const std::function<bool()>& enough, Duration most = 10s) {
    const auto end = BootClock::now() + most;
    for (;;) {
      take();
      if (enough()) return true;
      if (BootClock::now() >= end) return false;
      std::this_thread::sleep_for(1ms);
    }
  }
  void run_for(Duration time) {
    until([] { return false; }, time);
  }

  void take() {
    collector_->ring().drain([&](const Sample& sample) {
      if (sample.quality != SampleQuality::good) {
        ++not_good;
        return;
      }
      const auto& point = plan_.points[sample.point];
      const auto& device = plan_.devices[point.device];
      if (sample.value != static_cast<double>(truth(device.unit, point.source->address))) ++wrong;
      ++good[point.device];
    });
  }

  [[nodiscard]] DeviceState& device(DeviceId id) { return board_.device(id); }
  [[nodiscard]] std::uint64_t failures(DeviceId id, PollFailure failure) { return board_.device(id).failures(failure); }
  [[nodiscard]] modbus::TcpCollector& collector() { return *collector_; }

  std::map<DeviceId, std::uint64_t> good;  ///< samples by device
  std::uint64_t wrong = 0;                 ///< good samples with a value that is not the register's
  std::uint64_t not_good = 0;

 private:
  const plan::Plan& plan_;
  Board board_;
  std::unique_ptr<modbus::TcpCollector> collector_;
};

}  // namespace pue::test
