// All parts of a running agent in one process: collector, ring, engine, board and web server, with devices at one end
// and scrapers at the other.

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <iterator>
#include <memory>
#include <thread>

#include "agent/engine_thread.h"
#include "agent/web/faces.h"
#include "agent/web/server.h"
#include "tests/unit/modbus_tcp/polled_plan.h"
#include "tests/unit/web/client.h"

using namespace pue;
using namespace pue::test;

namespace {

std::size_t entries_of(const char* directory) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{directory}, {}));
}

/// @return how many samples passed from the devices to the engine.
std::uint64_t run_once(const plan::Plan& plan, Duration time) {
  Board board{plan.points.size(), plan::FigureLayout{plan}.size(), plan.devices.size()};
  std::vector<plan::BusId> buses;
  for (const auto& bus : plan.buses) buses.push_back(bus.id);
  modbus::TcpCollector collector{plan, buses, board, 0};
  Engine engine{plan, board, {&collector.ring()}};
  exposition::Sources sources{
      .plan = plan, .board = board, .collectors = {{collector.name(), &collector.stats()}}, .version = "test"};
  auto server = web::Server::start({"127.0.0.1:0"}, {}, std::make_shared<web::Faces>(sources, Duration{}));
  REQUIRE(server.has_value());
  const auto address = (*server)->bound().front();

  std::atomic<bool> stopping{false};
  std::thread scraper{[&] {
    while (!stopping.load()) {
      Connection connection{address};
      connection.send("GET /metrics HTTP/1.0\r\n\r\n");
      connection.read_all(100ms);
    }
  }};
  collector.start();
  auto ticking = std::make_unique<EngineThread>(engine, 1ms);
  std::this_thread::sleep_for(time);
  collector.stop();
  ticking.reset();
  server->reset();
  stopping.store(true);
  scraper.join();
  return engine.samples();
}

}  // namespace

TEST_CASE("two hundred starts and stops of all parts under load leave no descriptor and no thread behind") {
  ScriptedServer devices{
      [](const Asked& asked) { return asked.unit() == 7 ? std::vector<Act>{} : say(honest(asked)); }};
  PolledPlan polled;
  const auto profile = PolledPlan::registers(8);
  for (unsigned i = 0; i < 12; ++i)
    polled.bus(devices.port(), profile, {{.unit = 1 + i, .interval = 10ms, .timeout = 20ms}});

  CHECK(run_once(polled.plan, 300ms) > 0);
  const auto settled = [&] {
    for (int i = 0; i < 100 && devices.open() > 0; ++i) std::this_thread::sleep_for(10ms);
    return devices.open() == 0;
  };
  REQUIRE(settled());
  const auto descriptors = entries_of("/proc/self/fd");
  const auto threads = entries_of("/proc/self/task");
  for (int i = 0; i < 200; ++i) run_once(polled.plan, std::chrono::milliseconds{i % 20});
  REQUIRE(settled());
  CHECK(entries_of("/proc/self/fd") == descriptors);
  CHECK(entries_of("/proc/self/task") == threads);
}
