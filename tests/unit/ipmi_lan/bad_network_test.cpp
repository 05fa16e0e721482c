// What a network, or somebody in it, does to packets: no wrong answer ever, no session left behind, no time overdrawn.

#include <doctest/doctest.h>
#include <asio/ip/udp.hpp>
#include <asio/post.hpp>
#include <functional>
#include <random>

#include "tests/unit/ipmi_lan/site.h"

using namespace pue;
using namespace pue::ipmi;
using namespace pue::ipmi::test;

namespace {

struct Outcome {
  int good = 0;
  int wrong = 0;
};

Outcome ask_many(Site& site, int times) {
  Outcome outcome;
  for (int i = 0; i < times; ++i) {
    const auto sensor = static_cast<std::uint8_t>(i % 250);
    const auto result = site.ask(get_sensor_reading(sensor));
    if (!result) continue;
    ++(is_reading(result, sensor) ? outcome.good : outcome.wrong);
  }
  return outcome;
}

}  // namespace

TEST_CASE("doubled, delayed and overtaking answers cost nothing and are never taken for another question's") {
  Site site;
  std::minstd_rand random{1};
  site.bmc.fate = [&random](const Heard&) {
    return Fate{.answers = random() % 3 == 0 ? 3U : 1U, .after = std::chrono::milliseconds{random() % 4 == 0 ? 15 : 0}};
  };
  const auto outcome = ask_many(site, 300);
  CHECK(outcome.good == 300);
  CHECK(outcome.wrong == 0);
  CHECK(site.session().rejected(Rejection::replayed) > 50);
  CHECK(site.bmc.heard(PayloadType::open_session_request) == 1);
}

TEST_CASE("answers that come after their question was given up are nobody's") {
  Site site;
  site.options.timeout = 60ms;
  REQUIRE(site.ask(get_device_id()).has_value());
  // Each answer comes late enough to meet the next question.
  site.bmc.fate = [](const Heard& heard) {
    return Fate{.after = std::chrono::milliseconds{heard.command == k_get_sensor_reading ? 90 : 0}};
  };
  const auto outcome = ask_many(site, 20);
  CHECK(outcome.wrong == 0);
  CHECK(outcome.good < 10);  // on a machine that stalls, some come before their time-out is noticed
  site.pass(100ms);
  site.bmc.fate = [](const Heard&) { return Fate{}; };
  CHECK(is_reading(site.ask(get_sensor_reading(77)), 77));
}

TEST_CASE("a third of the packets lost both ways: slow, never wrong, and no session is left behind") {
  for (const unsigned seed : {1U, 2U}) {
    Site site{{.slots = 1000}};
    site.options.timeout = 150ms;
    std::minstd_rand random{seed};
    site.bmc.fate = [&random](const Heard&) {
      const auto lost = [&random] { return random() % 10 < 3; };
      const bool arrives = !lost();
      const unsigned answers = lost() ? 0 : random() % 10 == 0 ? 2 : 1;
      return Fate{
          .arrives = arrives, .answers = answers, .after = std::chrono::milliseconds{random() % 10 == 0 ? 40 : 0}};
    };
    const auto outcome = ask_many(site, 40);
    CHECK(outcome.wrong == 0);
    CHECK(outcome.good >= 25);
    // A Close Session may be lost like anything else, so that a few slots wait for their time-out.
    CHECK(site.bmc.open_sessions() <= 1 + site.bmc.heard(PayloadType::open_session_request) / 2);
    site.bmc.fate = [](const Heard&) { return Fate{}; };
    CHECK(is_reading(site.ask(get_sensor_reading(5)), 5));
  }
}

TEST_CASE("an answer that was changed on the way is not believed, its repetition is") {
  Site site;
  REQUIRE(site.ask(get_device_id()).has_value());
  // Of the first two answers the BMC sends a forgery instead: one byte of the sealed packet is another.
  for (const std::size_t at : {std::size_t{20}, std::size_t{40}, std::size_t{60}}) {
    const auto before = site.session().rejected(Rejection::signature);
    const auto asked = site.bmc.asked(k_get_sensor_reading);
    auto forged = site.bmc.last_answer();
    forged[10] = static_cast<std::uint8_t>(forged[10] + 1);
    forged[at] = static_cast<std::uint8_t>(forged[at] ^ 0x80U);
    site.bmc.fate = [&, asked](const Heard& heard) {
      if (heard.nth > asked + 2) return Fate{};
      site.bmc.say(forged);
      return Fate{.arrives = false};
    };
    CHECK(is_reading(site.ask(get_sensor_reading(8)), 8));
    CHECK(site.session().rejected(Rejection::signature) == before + 2);
  }
  CHECK(site.bmc.heard(PayloadType::open_session_request) == 1);
}

TEST_CASE("somebody who sends without end does not hold a question beyond its time-out") {
  Site site;
  site.options.timeout = 300ms;
  site.bmc.fate = [](const Heard&) { return Fate{.arrives = false}; };
  bool flooding = true;
  std::uint64_t sent = 0;
  const std::vector<std::uint8_t> junk(40, 0x06);
  const std::function<void()> flood = [&] {
    if (!flooding) return;
    if (site.bmc.packets() > 0) {
      for (int i = 0; i < 3; ++i) site.bmc.say(junk);
      sent += 3;
    }
    asio::post(site.context, flood);
  };
  asio::post(site.context, flood);
  const auto time = time_of([&] { CHECK(site.failure_of(get_device_id()) == PollFailure::timeout); });
  flooding = false;
  site.pass(10ms);
  CHECK(sent > 1000);
  CHECK(time < 2s);
}

TEST_CASE("packets from elsewhere are not even seen") {
  Site site;
  REQUIRE(site.ask(get_device_id()).has_value());
  const auto received = site.stats.bytes_received();
  asio::ip::udp::socket stranger{site.context, asio::ip::udp::endpoint{asio::ip::address_v4::loopback(), 0}};
  site.bmc.fate = [&](const Heard&) {
    stranger.send_to(asio::buffer(site.bmc.last_answer()), site.bmc.peer());
    return Fate{};
  };
  REQUIRE(site.ask(get_device_id()).has_value());
  CHECK(site.stats.bytes_received() - received == site.bmc.last_answer().size());
}

TEST_CASE("packets of any kind in the middle of a log-in are passed over") {
  Site site;
  std::minstd_rand random{7};
  site.bmc.fate = [&](const Heard&) {
    for (int i = 0; i < 20; ++i) {
      std::vector<std::uint8_t> junk{0x06, 0x00, 0xFF, 0x07, 0x06};
      junk.push_back(static_cast<std::uint8_t>(0x10 + random() % 6));
      for (auto left = random() % 60; left > 0; --left) junk.push_back(static_cast<std::uint8_t>(random() % 4));
      // A refusal need not name the session: one that guesses the tag as well is believed, and only that.
      if (junk.size() > 17) junk[17] = 0;
      site.bmc.say(junk);
    }
    return Fate{};
  };
  CHECK(is_reading(site.ask(get_sensor_reading(5)), 5));
}
