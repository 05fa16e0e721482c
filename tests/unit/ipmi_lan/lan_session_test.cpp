#include "collectors/ipmi/lan_session.h"

#include <doctest/doctest.h>
#include <asio/detached.hpp>
#include <memory>

#include "tests/unit/ipmi_lan/site.h"

using namespace pue;
using namespace pue::ipmi;
using namespace pue::ipmi::test;

TEST_CASE("the first question opens a session, the next ones use it, and closing gives it back") {
  for (const auto suite : {CipherSuite::suite_3, CipherSuite::suite_17}) {
    Site site;
    site.options.suites = {suite};
    CHECK_FALSE(site.session().is_open());
    for (std::uint8_t sensor = 1; sensor <= 100; ++sensor)
      REQUIRE(is_reading(site.ask(get_sensor_reading(sensor)), sensor));
    CHECK(site.session().is_open());
    CHECK(site.bmc.heard(PayloadType::open_session_request) == 1);
    CHECK(site.bmc.open_sessions() == 1);
    site.close();
    CHECK_FALSE(site.session().is_open());
    CHECK(site.bmc.open_sessions() == 0);
    CHECK(is_reading(site.ask(get_sensor_reading(9)), 9));
  }
}

TEST_CASE("a BMC is reached by its IPv6 address") {
  std::unique_ptr<Site> site;
  try {
    site = std::make_unique<Site>(UdpBmc::Character{}, true);
  } catch (const std::system_error&) {
    MESSAGE("this machine has no IPv6");
    return;
  }
  CHECK(is_reading(site->ask(get_sensor_reading(5)), 5));
}

TEST_CASE("a BMC is reached by its name, and each address of the name gets its turn") {
  Site site;
  site.options.host = "localhost";
  // it may be ::1 first, where nobody listens
  bool reached = false;
  for (int attempt = 0; attempt < 3 && !reached; ++attempt) reached = is_reading(site.ask(get_sensor_reading(5)), 5);
  CHECK(reached);
}

TEST_CASE("a name that nobody knows is a connection that failed, within the time-out") {
  Site site;
  site.options.host = "no-such-host.invalid";
  const auto time = time_of([&] { CHECK(site.failure_of(get_device_id()) == PollFailure::connect_failed); });
  CHECK(time < 3s);
}

TEST_CASE("a port where nobody listens is told at once, not after the time-out") {
  Site site;
  site.bmc.vanish();
  site.options.timeout = 5s;
  const auto time = time_of([&] { CHECK(site.failure_of(get_device_id()) == PollFailure::connect_refused); });
  CHECK(time < 2s);
}

TEST_CASE("a completion code is an answer, and no reason to ask again") {
  Site site;
  const auto answer = site.ask(get_sdr_repository_info());
  REQUIRE(answer.has_value());
  CHECK(answer->completion_code == 0xC1);
  CHECK(site.bmc.asked(0x20) == 1);
}

TEST_CASE("a lost answer is asked for again under the next sequence number and the same tag, three times at most") {
  Site site;
  REQUIRE(site.ask(get_device_id()).has_value());
  site.bmc.fate = [](const Heard& heard) { return Fate{.arrives = heard.nth == 3}; };
  CHECK(is_reading(site.ask(get_sensor_reading(4)), 4));
  const auto& sent = site.bmc.messages(k_get_sensor_reading);
  REQUIRE(sent.size() == 3);
  CHECK(sent[1].tag == sent[0].tag);
  CHECK(sent[2].tag == sent[0].tag);
  CHECK(sent[1].sequence == sent[0].sequence + 1);
  CHECK(sent[2].sequence == sent[0].sequence + 2);
}

TEST_CASE("a BMC that says nothing at all gets three packets within the time-out and no more") {
  Site site;
  site.bmc.fate = [](const Heard&) { return Fate{.arrives = false}; };
  const auto time = time_of([&] { CHECK(site.failure_of(get_device_id()) == PollFailure::timeout); });
  CHECK(time >= 590ms);
  CHECK(time < 2s);
  site.pass(300ms);
  CHECK(site.bmc.packets() == 3);
}

TEST_CASE("a restarted BMC, which knows nothing of the session, answers the same question in a new one") {
  Site site;
  REQUIRE(site.ask(get_device_id()).has_value());
  site.bmc.reboot();
  CHECK(is_reading(site.ask(get_sensor_reading(6)), 6));
  CHECK(site.bmc.heard(PayloadType::open_session_request) == 2);
  CHECK(site.bmc.open_sessions() == 1);
}

TEST_CASE("a reservation is asked for once in a session, so that a late answer cannot be of one that is void") {
  Site site;
  REQUIRE(site.ask(get_device_id()).has_value());
  site.bmc.fate = [](const Heard& heard) { return Fate{.arrives = heard.command != k_reserve}; };
  CHECK(site.failure_of(reserve_sdr_repository()) == PollFailure::timeout);
  CHECK(site.bmc.heard(PayloadType::open_session_request) == 2);  // the session might have been forgotten
  CHECK(site.bmc.asked(k_reserve) == 2);
}

TEST_CASE("a session that is given up is closed, and a question that fails twice leaves none behind") {
  Site site;
  REQUIRE(site.ask(get_device_id()).has_value());
  site.bmc.fate = [](const Heard& heard) { return Fate{.arrives = heard.command != k_get_sensor_reading}; };
  for (int i = 0; i < 3; ++i) CHECK(site.failure_of(get_sensor_reading(1)) == PollFailure::timeout);
  CHECK_FALSE(site.session().is_open());
  site.pass(50ms);
  CHECK(site.bmc.open_sessions() == 0);
}

TEST_CASE("a BMC that has gone while its session was open is told as gone, and found again when it is back") {
  auto site = std::make_unique<Site>();
  REQUIRE(site->ask(get_device_id()).has_value());
  site->bmc.vanish();
  CHECK(site->failure_of(get_device_id()) == PollFailure::connect_refused);
  CHECK(site->failure_of(get_device_id()) == PollFailure::connect_refused);
  CHECK_FALSE(site->session().is_open());
}

TEST_CASE("abandoning ends a wait at once and every question after it, and the session is still given back") {
  Site site;
  site.options.timeout = 30s;
  REQUIRE(site.ask(get_device_id()).has_value());
  site.bmc.fate = [](const Heard& heard) { return Fate{.arrives = heard.command == k_close_session}; };
  std::optional<Result> result;
  asio::co_spawn(site.context, site.session().ask(get_sensor_reading(1)),
                 [&](const std::exception_ptr&, Result value) { result = value; });
  site.pass(50ms);
  REQUIRE_FALSE(result.has_value());
  site.session().abandon();
  site.pass(50ms);
  REQUIRE(result.has_value());
  CHECK(result->error() == PollFailure::timeout);
  CHECK(time_of([&] { CHECK(site.failure_of(get_device_id()) == PollFailure::timeout); }) < 1s);
  site.close();
  CHECK(site.bmc.open_sessions() == 0);
}

TEST_CASE("a session may go while a question is under way, with its io_context") {
  for (const auto wait : {0ms, 5ms, 50ms}) {
    auto site = std::make_unique<Site>();
    site->bmc.fate = [](const Heard& heard) { return Fate{.arrives = heard.type != PayloadType::message}; };
    asio::co_spawn(site->context, site->session().ask(get_device_id()), asio::detached);
    site->pass(wait);
    CHECK_NOTHROW(site.reset());
  }
}

TEST_CASE("what a BMC can do is asked without a session") {
  Site site;
  // The test's BMC does not speak the old format: there is no answer, and no session either.
  const auto result = site.complete(site.session().ask_before_session(get_channel_authentication_capabilities(2)));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error() == PollFailure::timeout);
  CHECK(site.bmc.packets() == LanSession::k_tries);
  CHECK_FALSE(site.session().is_open());
}
