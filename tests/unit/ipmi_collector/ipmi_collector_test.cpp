#include "collectors/ipmi/ipmi_collector.h"

#include <doctest/doctest.h>
#include <atomic>
#include <mutex>
#include <thread>

#include "collectors/profiles/ipmi_bmc.h"
#include "tests/unit/ipmi_collector/scripted_bmc.h"

namespace pue::test {
namespace {

using namespace std::chrono_literals;
using Fault = ScriptedBmc::Fault;

/// A plan of BMCs that are scripted, polled by a collector of its own thread.
class Fleet {
 public:
  explicit Fleet(std::size_t count, Duration interval = 50ms) : profile_(profiles::ipmi_bmc()) {
    for (std::size_t i = 0; i < count; ++i) {
      plan::Device device;
      device.id = static_cast<DeviceId>(i);
      device.name = "bmc-" + std::to_string(i);
      device.bus = static_cast<plan::BusId>(i);
      device.profile = profile_;
      device.interval = interval;
      device.timeout = 100ms;
      for (const char* name : {"power_active_total", "air_temperature_inlet"}) {
        const auto* source = profile_->find(name);
        const auto id = static_cast<PointId>(plan.points.size());
        device.points.push_back(id);
        plan.points.push_back({.id = id, .device = device.id, .name = source->name, .source = source});
      }
      plan.devices.push_back(device);
      plan::Bus bus;
      bus.id = static_cast<plan::BusId>(i);
      bus.name = "bus-" + std::to_string(i);
      bus.address = plan::BmcAddress{};
      bus.probe_period = 400ms;
      bus.devices = {device.id};
      plan.buses.push_back(bus);
    }
    board = std::make_unique<Board>(plan.points.size(), 0, count);
  }

  void start() {
    std::vector<plan::BusId> buses;
    for (const auto& bus : plan.buses) buses.push_back(bus.id);
    collector = std::make_unique<ipmi::IpmiCollector>(
        plan, buses, *board, 0,
        [this](asio::io_context&, CollectorStats&, const plan::Bus&, const plan::Device& device) {
          auto bmc = std::make_unique<ScriptedBmc>();
          bmc->identity();
          bmc->dcmi(static_cast<std::uint16_t>(100 + device.id));
          bmc->replies[{0x2C, 0x10}] = {0, {0xDC, 1, 1, 21, 1}};
          bmc->fault = [this, id = device.id](const ipmi::Request& request) {
            return faults ? faults(id, request) : std::nullopt;
          };
          bmcs.push_back(bmc.get());
          return bmc;
        });
    collector->start();
  }

  /// Takes samples until `enough` or 5 s have passed.
  bool take_until(const std::function<bool()>& enough) {
    const auto deadline = BootClock::now() + 5s;
    while (!enough() && BootClock::now() < deadline) {
      collector->ring().drain([this](const Sample& sample) { samples.push_back(sample); });
      std::this_thread::sleep_for(1ms);
    }
    return enough();
  }

  std::size_t of(PointId point) const {
    std::size_t n = 0;
    for (const auto& sample : samples) n += sample.point == point ? 1 : 0;
    return n;
  }

  plan::Plan plan;
  std::unique_ptr<Board> board;
  std::function<std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>>(DeviceId, const ipmi::Request&)> faults;
  std::vector<ScriptedBmc*> bmcs;
  std::vector<Sample> samples;
  std::unique_ptr<ipmi::IpmiCollector> collector;

 private:
  std::shared_ptr<const profiles::Profile> profile_;
};

TEST_CASE("power and inlet of every BMC arrive at their interval, with their source") {
  Fleet fleet{3};
  fleet.start();
  CHECK(fleet.collector->name() == "ipmi-0");
  CHECK(fleet.take_until([&] { return fleet.of(0) >= 4 && fleet.of(2) >= 4 && fleet.of(5) >= 4; }));
  for (const auto& sample : fleet.samples) {
    CHECK(sample.quality == SampleQuality::good);
    CHECK(sample.value == (sample.point % 2 == 0 ? 100.0 + sample.point / 2 : 21.0));
  }
  for (DeviceId id = 0; id < 3; ++id) {
    const auto& state = fleet.board->device(id);
    CHECK(state.up());
    CHECK(state.power_source() == PowerSource::dcmi);
    CHECK(state.polls() >= 3);
    CHECK(state.last_success().has_value());
  }
}

TEST_CASE("a silent BMC is down at once, costs nobody else, and is back within a probe period") {
  Fleet fleet{2};
  std::atomic<bool> silent{false};
  fleet.faults = [&](DeviceId id,
                     const ipmi::Request&) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
    if (id == 1 && silent) return tl::unexpected(PollFailure::timeout);
    return std::nullopt;
  };
  fleet.start();
  CHECK(fleet.take_until([&] { return fleet.board->device(1).up() && fleet.of(2) > 0; }));
  silent = true;
  CHECK(fleet.take_until([&] { return !fleet.board->device(1).up(); }));
  CHECK(fleet.board->device(1).failures(PollFailure::timeout) == 1);
  const auto before = fleet.of(0);
  CHECK(fleet.take_until([&] { return fleet.of(0) >= before + 4; }));
  CHECK(fleet.board->device(0).up());
  silent = false;
  const auto returned = BootClock::now();
  CHECK(fleet.take_until([&] { return fleet.board->device(1).up(); }));
  CHECK(BootClock::now() - returned < 600ms);
}

TEST_CASE("a refused user is not tried again at the interval") {
  Fleet fleet{1};
  std::atomic<unsigned> asked{0};
  fleet.faults = [&](DeviceId, const ipmi::Request&) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
    ++asked;
    return tl::unexpected(PollFailure::authentication);
  };
  fleet.start();
  CHECK(fleet.take_until([&] { return fleet.board->device(0).failures(PollFailure::authentication) == 1; }));
  std::this_thread::sleep_for(700ms);
  CHECK(asked == 1);
  CHECK_FALSE(fleet.board->device(0).up());
}

TEST_CASE("a BMC that refuses its power is there, and its point is invalid") {
  Fleet fleet{1};
  fleet.faults = [](DeviceId,
                    const ipmi::Request& request) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
    if (request.command() == 0x02) return ScriptedBmc::Reply{0xD4, {}};
    return std::nullopt;
  };
  fleet.start();
  CHECK(fleet.take_until([&] { return fleet.of(0) >= 2; }));
  CHECK(fleet.board->device(0).up());
  CHECK(fleet.board->device(0).failures(PollFailure::privilege) >= 1);
  for (const auto& sample : fleet.samples) {
    CHECK(sample.quality == (sample.point == 0 ? SampleQuality::invalid : SampleQuality::good));
  }
}

TEST_CASE("the end closes every session at once") {
  Fleet fleet{200, 10s};
  fleet.start();
  CHECK(fleet.take_until([&] { return !fleet.samples.empty(); }));
  const auto began = BootClock::now();
  fleet.collector->stop();
  CHECK(BootClock::now() - began < 2s);
  for (const auto* bmc : fleet.bmcs) CHECK(bmc->closed == 1);
}

}  // namespace
}  // namespace pue::test
