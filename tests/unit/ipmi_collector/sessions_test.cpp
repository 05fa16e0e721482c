// The collector as the agent runs it: a thread of its own, with real sessions on sockets, and each BMC as its plan
// says.

#include <doctest/doctest.h>
#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/units/secret.h"
#include "collectors/ipmi/ipmi_collector.h"
#include "collectors/profiles/ipmi_bmc.h"
#include "tests/unit/ipmi_lan/udp_bmc.h"

namespace pue::test {
namespace {

using namespace std::chrono_literals;
using ipmi::test::UdpBmc;

std::shared_ptr<const Secret> secret(std::string_view text) {
  auto made = std::make_shared<Secret>(text.size());
  std::ranges::copy(text, made->writable().begin());
  return made;
}

/// BMCs in the test's thread and a plan that reads them every 50 ms.
struct Site {
  explicit Site(std::size_t count) : board(count, 0, count) {
    const auto profile = profiles::ipmi_bmc();
    const auto password = secret("pue-pass");
    for (std::size_t i = 0; i < count; ++i) {
      // Every second one needs its quirk to be understood.
      const bool odd = i % 2 == 1;
      auto& bmc = bmcs.emplace_back(context, UdpBmc::Character{.wrong_checksums = odd});
      const auto id = static_cast<std::uint32_t>(i);
      const auto* source = profile->find("power_active_total");
      plan.points.push_back({.id = id, .device = id, .name = source->name, .source = source});
      plan::Device device;
      device.id = id;
      device.name = "bmc-" + std::to_string(i);
      device.bus = id;
      device.profile = profile;
      device.interval = 50ms;
      device.timeout = 600ms;
      device.points = {id};
      plan.devices.push_back(device);
      plan::Bus bus;
      bus.id = id;
      bus.address = plan::BmcAddress{.host = "127.0.0.1",
                                     .port = bmc.port(),
                                     .username = "pue",
                                     .password = password,
                                     .kg = nullptr,
                                     .quirks = {.any_checksum = odd}};
      bus.devices = {id};
      plan.buses.push_back(bus);
      buses.push_back(id);
    }
  }

  bool run_until(const std::function<bool()>& enough) {
    const auto deadline = BootClock::now() + 20s;
    while (!enough() && BootClock::now() < deadline) context.run_one_for(5ms);
    return enough();
  }
  bool all_have_polls(std::uint64_t least) {
    return std::ranges::all_of(
        buses, [&](plan::BusId id) { return board.device(id).up() && board.device(id).polls() >= least; });
  }
  std::size_t open_sessions() const {
    std::size_t open = 0;
    for (const auto& bmc : bmcs) open += bmc.open_sessions();
    return open;
  }

  asio::io_context context{1};
  std::deque<UdpBmc> bmcs;
  plan::Plan plan;
  std::vector<plan::BusId> buses;
  Board board;
};

TEST_CASE("a thread polls BMCs over one session each, quirks and all, and gives every session back at its end") {
  Site site{8};
  ipmi::IpmiCollector collector{site.plan, site.buses, site.board, 0};
  collector.start();
  CHECK(site.run_until([&] { return site.all_have_polls(5); }));
  CHECK(site.open_sessions() == 8);
  for (const auto& bmc : site.bmcs) CHECK(bmc.heard(ipmi::PayloadType::open_session_request) == 1);
  std::atomic<bool> stopped{false};
  std::thread end{[&] {
    collector.stop();
    stopped = true;
  }};
  const auto began = BootClock::now();
  CHECK(site.run_until([&] { return stopped.load(); }));
  CHECK(BootClock::now() - began < 2s);
  end.join();
  CHECK(site.open_sessions() == 0);
}

TEST_CASE("a BMC that restarts under the collector has one new session and no gap that a poll notices") {
  Site site{2};
  ipmi::IpmiCollector collector{site.plan, site.buses, site.board, 0};
  collector.start();
  CHECK(site.run_until([&] { return site.all_have_polls(3); }));
  site.bmcs[0].reboot();
  const auto before = site.board.device(0).polls();
  CHECK(site.run_until([&] { return site.board.device(0).polls() >= before + 3; }));
  CHECK(site.board.device(0).up());
  CHECK(site.board.device(0).failures(PollFailure::timeout) == 0);
  CHECK(site.bmcs[0].open_sessions() == 1);
  CHECK(site.bmcs[1].heard(ipmi::PayloadType::open_session_request) == 1);
}

}  // namespace
}  // namespace pue::test
