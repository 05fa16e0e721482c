#include <doctest/doctest.h>

#include "tests/unit/ipmi_lan/site.h"

using namespace pue;
using namespace pue::ipmi;
using namespace pue::ipmi::test;

namespace {

constexpr std::uint8_t k_sha1 = 0x01;
constexpr std::uint8_t k_sha256 = 0x03;

}  // namespace

TEST_CASE("a wrong password is told at once and not tried again, so that no account gets locked") {
  Site site{{.password = "another"}};
  CHECK(site.failure_of(get_device_id()) == PollFailure::authentication);
  const auto packets = site.bmc.packets();
  CHECK(packets == 2);  // Open Session and RAKP 1: the BMC's own code shows that it knows another password
  for (int i = 0; i < 20; ++i) CHECK(site.failure_of(get_device_id()) == PollFailure::authentication);
  site.pass(50ms);
  CHECK(site.bmc.packets() == packets);
}

TEST_CASE("an unknown user is told at once and not tried again") {
  Site site{{.username = "another"}};
  CHECK(site.failure_of(get_device_id()) == PollFailure::authentication);
  CHECK(site.session().refusal() == 0x0D);
  const auto packets = site.bmc.packets();
  CHECK(site.failure_of(get_device_id()) == PollFailure::authentication);
  CHECK(site.bmc.packets() == packets);
}

TEST_CASE("suites are tried in their order, and the one that worked is the first the next time") {
  Site site{{.suites = {CipherSuite::suite_3}}};
  site.options.suites = {CipherSuite::suite_17, CipherSuite::suite_3};
  CHECK(is_reading(site.ask(get_sensor_reading(1)), 1));
  CHECK(site.session().suite() == CipherSuite::suite_3);
  CHECK(site.bmc.proposed(k_sha256) == 1);
  site.bmc.reboot();
  CHECK(is_reading(site.ask(get_sensor_reading(2)), 2));
  CHECK(site.bmc.proposed(k_sha256) == 1);
  CHECK(site.bmc.proposed(k_sha1) == 2);
}

TEST_CASE("only a refusal of the suite leads to the next one") {
  const std::pair<std::uint8_t, bool> codes[] = {{0x04, true},  {0x05, true},  {0x10, true},  {0x11, true},
                                                 {0x01, false}, {0x02, false}, {0x0D, false}, {0x12, false}};
  for (const auto& [code, leads_on] : codes) {
    Site site{{.refusal = code}};
    site.options.suites = {CipherSuite::suite_17, CipherSuite::suite_3};
    CHECK(site.failure_of(get_device_id()) != PollFailure::none);
    CHECK(site.bmc.proposed(k_sha256) == 1);
    CHECK(site.bmc.proposed(k_sha1) == (leads_on ? 1 : 0));
  }
}

TEST_CASE("a BMC that has none of the suites is told as such after one round") {
  Site site{{.suites = {}}};
  site.options.suites = {CipherSuite::suite_17, CipherSuite::suite_3};
  CHECK(site.failure_of(get_device_id()) == PollFailure::cipher_refused);
  CHECK(site.bmc.packets() == 2);
}

TEST_CASE("a BMC that answers with a weaker suite than the one asked for gets no session, nor the user's name") {
  // suites 3, 2, 1 and 0, and 15: that of 17 without encryption (IPMI 2.0, table 22-20)
  using Algorithms = std::array<std::uint8_t, 3>;
  for (const auto& weaker :
       {Algorithms{1, 1, 1}, Algorithms{1, 1, 0}, Algorithms{1, 0, 0}, Algorithms{0, 0, 0}, Algorithms{3, 4, 0}}) {
    Site site{{.accepts = weaker}};
    site.options.suites = {CipherSuite::suite_17};
    CHECK(site.failure_of(get_device_id()) == PollFailure::cipher_refused);
    CHECK(site.bmc.heard(PayloadType::rakp_1) == 0);
  }
}

TEST_CASE("a full session table is left alone for seconds, and then tried again") {
  Site site{{.slots = 0}};
  CHECK(site.failure_of(get_device_id()) == PollFailure::session_refused);
  CHECK(site.bmc.packets() == 1);
  for (int i = 0; i < 20; ++i) CHECK(site.failure_of(get_device_id()) == PollFailure::session_refused);
  CHECK(site.bmc.packets() == 1);
  site.bmc.character.slots = 1;
  site.pass(5'200ms);  // the first time 2.5 to 5 s
  CHECK(site.failure_of(get_device_id()) == PollFailure::none);
}

TEST_CASE("a key of the BMC is the session's key, and a wrong one is a wrong signature") {
  Site site{{.kg = "the bmc's own key"}};
  site.options.credentials.kg = bytes_of("the bmc's own key");
  CHECK(is_reading(site.ask(get_sensor_reading(3)), 3));
  Site other{{.kg = "the bmc's own key"}};
  CHECK(other.failure_of(get_sensor_reading(3)) == PollFailure::wrong_signature);
}

TEST_CASE("a RAKP 4 whose code is wrong opens nothing, and leaves nothing open") {
  Site site{{.wrong_rakp_4 = true}};
  CHECK(site.failure_of(get_device_id()) == PollFailure::wrong_signature);
  CHECK_FALSE(site.session().is_open());
  site.pass(50ms);
  CHECK(site.bmc.open_sessions() == 0);
}

TEST_CASE("a user asks for no privilege, an operator does") {
  Site user;
  REQUIRE(user.ask(get_dcmi_power_reading()).has_value());
  CHECK(user.ask(get_dcmi_power_reading())->completion_code == 0xD4);
  CHECK(user.bmc.asked(k_set_privilege) == 0);
  Site operator_;
  operator_.options.credentials.privilege = Privilege::operator_;
  REQUIRE(operator_.ask(get_dcmi_power_reading()).has_value());
  CHECK(operator_.ask(get_dcmi_power_reading())->ok());
  CHECK(operator_.bmc.asked(k_set_privilege) == 1);
}

TEST_CASE("a refused privilege is told as such, its session closed, and not tried again for minutes") {
  Site site{{.most_privilege = 2}};
  site.options.credentials.privilege = Privilege::operator_;
  CHECK(site.failure_of(get_device_id()) == PollFailure::privilege);
  CHECK(site.bmc.open_sessions() == 0);
  const auto packets = site.bmc.packets();
  CHECK(site.failure_of(get_device_id()) == PollFailure::privilege);
  CHECK(site.bmc.packets() == packets);
}

TEST_CASE("new numbers for a RAKP 1 that was sent twice are no wrong password") {
  // A slow BMC that draws anew each time refuses the proof that is made of its first numbers.
  Site site{{.new_numbers_each_time = true}};
  site.bmc.fate = [](const Heard& heard) {
    return Fate{.after =
                    heard.type == PayloadType::rakp_1 ? std::chrono::milliseconds{300} : std::chrono::milliseconds{0}};
  };
  CHECK(is_reading(site.ask(get_sensor_reading(7)), 7));
  CHECK(site.bmc.heard(PayloadType::open_session_request) == 2);
  CHECK(site.bmc.heard(PayloadType::rakp_1) >= 3);
  // From now on it is known to be one of those.
  const auto before = site.bmc.heard(PayloadType::rakp_1);
  site.bmc.reboot();
  CHECK(is_reading(site.ask(get_sensor_reading(8)), 8));
  CHECK(site.bmc.heard(PayloadType::rakp_1) == before + 1);
}

TEST_CASE("a session of which the last word of the log-in was lost is closed again") {
  Site site;
  site.bmc.fate = [](const Heard& heard) { return Fate{.answers = heard.type == PayloadType::rakp_3 ? 0U : 1U}; };
  CHECK(site.failure_of(get_device_id()) == PollFailure::timeout);
  site.pass(50ms);
  CHECK(site.bmc.heard(PayloadType::rakp_3) == 3);
  CHECK(site.bmc.open_sessions() == 0);
  site.bmc.fate = [](const Heard&) { return Fate{}; };
  CHECK(is_reading(site.ask(get_sensor_reading(2)), 2));
}

TEST_CASE("each step of the log-in survives the loss of its first two packets") {
  for (const auto step : {PayloadType::open_session_request, PayloadType::rakp_1, PayloadType::rakp_3}) {
    Site site;
    site.bmc.fate = [step](const Heard& heard) { return Fate{.arrives = heard.type != step || heard.nth > 2}; };
    CHECK(is_reading(site.ask(get_sensor_reading(2)), 2));
    CHECK(site.bmc.open_sessions() == 1);
  }
}
