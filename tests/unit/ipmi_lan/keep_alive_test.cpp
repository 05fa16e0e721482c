// Sessions are kept from running out, and a BMC that lets them run out sooner than others is learnt.

#include <doctest/doctest.h>
#include <memory>

#include "collectors/ipmi/bmc_poller.h"
#include "collectors/profiles/ipmi_bmc.h"
#include "tests/unit/ipmi_lan/site.h"

using namespace pue;
using namespace pue::ipmi;
using namespace pue::ipmi::test;

namespace {

/// A poller of one BMC, polled every `interval`, both in the site's io_context.
struct Polled {
  Polled(Site& site, Duration interval) : profile(profiles::ipmi_bmc()) {
    const auto* source = profile->find("power_active_total");
    plan.points.push_back({.id = 0, .device = 0, .name = source->name, .source = source});
    plan::Device device;
    device.name = "node";
    device.profile = profile;
    device.interval = interval;
    device.timeout = 300ms;
    device.points = {0};
    plan.devices.push_back(device);
    plan::Bus bus;
    bus.address = plan::BmcAddress{};
    bus.devices = {0};
    plan.buses.push_back(bus);
    site.options.timeout = 300ms;
    auto session = std::make_unique<LanSession>(site.context, site.crypto, site.stats, site.options);
    poller = std::make_unique<BmcPoller>(plan, plan.devices[0], board, std::move(session), loop, site.context);
    poller->start(BootClock::now());
  }

  /// Ends the poller, which closes its session.
  void stop(Site& site) {
    poller->stop();
    site.pass(100ms);
    CHECK(loop.running == 0);
  }

  std::shared_ptr<const profiles::Profile> profile;
  plan::Plan plan;
  Board board{1, 0, 1};
  SpscRing<Sample> ring{64};
  CollectorStats stats;
  BmcLoop loop{ring, stats, 1};
  std::unique_ptr<BmcPoller> poller;
};

}  // namespace

TEST_CASE("between polls that are further apart than a session lasts, the agent speaks up and keeps it") {
  Site site{{.forgets = 1000ms}};
  site.options.keep_alive = 600ms;
  Polled polled{site, 3s};
  site.pass(6'500ms);  // three polls
  CHECK(polled.board.device(0).up());
  CHECK(polled.board.device(0).polls() >= 3);
  CHECK(site.bmc.heard(PayloadType::open_session_request) == 1);
  const auto kept = site.bmc.asked(k_get_device_id);
  CHECK(kept >= 7);   // ten times 600 ms, less those in which a poll spoke
  CHECK(kept <= 13);  // and no more than is needed
  polled.stop(site);
  CHECK(site.bmc.open_sessions() == 0);
}

TEST_CASE("a BMC that forgets sessions sooner than the keep-alive is spoken to sooner after the second time") {
  Site site{{.forgets = 300ms}};
  site.options.keep_alive = 900ms;
  site.options.timeout = 150ms;
  REQUIRE(site.ask(get_device_id()).has_value());
  for (int i = 0; i < 2; ++i) {
    CHECK(site.session().keep_alive_due() - BootClock::now() > 500ms);
    site.pass(400ms);
    CHECK(is_reading(site.ask(get_sensor_reading(1)), 1));  // in a new session, within the same question
  }
  CHECK(site.bmc.heard(PayloadType::open_session_request) == 3);
  for (int i = 0; i < 4; ++i) {
    const auto rest = site.session().keep_alive_due() - BootClock::now();
    REQUIRE(rest < 250ms);
    site.pass(std::chrono::duration_cast<std::chrono::milliseconds>(rest));
    CHECK(is_reading(site.ask(get_sensor_reading(2)), 2));
  }
  CHECK(site.bmc.heard(PayloadType::open_session_request) == 3);
}

TEST_CASE("a BMC that was restarted now and then is not taken for one that forgets") {
  Site site;
  site.options.keep_alive = 900ms;
  site.options.timeout = 150ms;
  REQUIRE(site.ask(get_device_id()).has_value());
  for (int i = 0; i < 4; ++i) {
    site.pass(150ms);
    if (i % 2 == 0) site.bmc.reboot();
    CHECK(is_reading(site.ask(get_sensor_reading(1)), 1));
  }
  CHECK(site.session().keep_alive_due() - BootClock::now() > 700ms);
}

TEST_CASE("who has no session needs none kept") {
  Site site;
  CHECK(site.session().keep_alive_due() == Instant::max());
  REQUIRE(site.ask(get_device_id()).has_value());
  CHECK(site.session().keep_alive_due() < BootClock::now() + 46s);
  site.close();
  CHECK(site.session().keep_alive_due() == Instant::max());
}
