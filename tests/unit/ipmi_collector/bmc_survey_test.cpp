#include "collectors/ipmi/bmc_survey.h"

#include <doctest/doctest.h>
#include <chrono>
#include <set>
#include <thread>

#include "collectors/ipmi/known_products.h"
#include "tests/unit/ipmi_collector/scripted_bmc.h"

namespace pue::test {
namespace {

using namespace std::chrono_literals;
using ipmi::BmcSurvey;

/// Hours and minutes as hundredths of a second, so that a test can wait for them.
constexpr ipmi::SurveyPace k_hurried{
    .soon = 5ms, .again_absent = 100ms, .stamp_period = 50ms, .sensor_rest = 50ms, .first_rest = 10ms};

struct Surveyed {
  asio::io_context context;
  ScriptedBmc bmc;
  BmcSurvey survey;

  explicit Surveyed(ipmi::Wanted wanted = {}, const ipmi::SurveyPace& pace = ipmi::k_usual_pace)
      : survey(wanted, pace) {
    bmc.identity();
  }
  /// One poll, and what is to be found out after it.
  BmcSurvey::Reading poll() {
    REQUIRE(begin() == PollFailure::none);
    auto reading = power();
    REQUIRE(end() == PollFailure::none);
    // what is left of a walk, too
    while (run(context, survey.explore(bmc, BootClock::now() + 5s)) < BootClock::now()) {
    }
    return reading;
  }
  /// Polls every 10 ms until the reading is good and as expected, for at most 2 s.
  bool comes_to(double value) {
    for (int i = 0; i < 200; ++i) {
      const auto reading = poll();
      if (reading && reading->quality == SampleQuality::good && reading->value == doctest::Approx(value)) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  PollFailure begin() { return run(context, survey.begin_poll(bmc)); }
  PollFailure end() { return run(context, survey.end_poll(bmc)); }
  BmcSurvey::Reading power() { return run(context, survey.power(bmc)); }
  /// Polls until everything that can be found out has been.
  void explore() {
    for (int i = 0; i < 10; ++i) {
      REQUIRE(begin() == PollFailure::none);
      static_cast<void>(power());
      REQUIRE(end() == PollFailure::none);
      const auto until = BootClock::now() + 5s;
      if (run(context, survey.explore(bmc, until)) < until) std::this_thread::sleep_for(350ms);
    }
    REQUIRE(begin() == PollFailure::none);
  }
};

void check_good(const BmcSurvey::Reading& reading, double value) {
  REQUIRE(reading);
  CHECK(reading->quality == SampleQuality::good);
  CHECK(reading->value == doctest::Approx(value));
}

SampleQuality quality(const BmcSurvey::Reading& reading) { return reading.value().quality; }

TEST_CASE("DCMI serves the power with the first poll where the BMC has it") {
  Surveyed s;
  s.bmc.dcmi(312);
  CHECK(s.begin() == PollFailure::none);
  check_good(s.power(), 312);
  CHECK(s.survey.power_source() == PowerSource::dcmi);
  CHECK(s.bmc.asked.size() == 3);
  CHECK(s.end() == PollFailure::none);
  CHECK(s.begin() == PollFailure::none);
  check_good(s.power(), 312);
  CHECK(s.bmc.asked.size() == 4);
}

TEST_CASE("0 W that is not measured is no value, and 0 W that is measured is one") {
  Surveyed s;
  s.bmc.dcmi(0, 0x40);
  CHECK(s.begin() == PollFailure::none);
  check_good(s.power(), 0);
  s.bmc.dcmi(0, 0x00);
  CHECK(quality(s.power()) == SampleQuality::invalid);
  s.bmc.dcmi(280, 0x00);
  check_good(s.power(), 280);
}

TEST_CASE("DCMI is refused three times before it is believed absent, then a sensor serves") {
  Surveyed s;
  s.bmc.records = {ScriptedBmc::sensor(0x77, 7, 1, 0x0B, 6, 2, "Pwr Consumption"),
                   ScriptedBmc::sensor(0x30, 3, 1, 0x0B, 6, 1, "CPU Power"),
                   ScriptedBmc::sensor(0x31, 10, 1, 0x08, 6, 4, "PS1 Input")};
  s.bmc.reading(0x77, 140);
  s.bmc.reading(0x30, 100);
  s.bmc.reading(0x31, 60);
  s.explore();
  CHECK(s.bmc.count(0x2C, 0x01) == 3);
  check_good(s.power(), 280);
  CHECK(s.survey.power_source() == PowerSource::system_sensor);
}

Surveyed& with_two_supplies(Surveyed& s) {
  s.bmc.records = {ScriptedBmc::sensor(2, 10, 2, 0x08, 6, 4, "PS2 Pin"),
                   ScriptedBmc::sensor(1, 10, 1, 0x08, 6, 4, "PS1 Pin"),
                   ScriptedBmc::sensor(3, 10, 1, 0x08, 6, 4, "PS1 Pout"), ScriptedBmc::supply_state(9, 2)};
  s.bmc.reading(1, 60);
  s.bmc.reading(2, 55);
  s.bmc.reading(3, 50);
  s.explore();
  return s;
}

TEST_CASE("without DCMI and system sensor the inputs of all supplies make the power") {
  Surveyed s;
  with_two_supplies(s);
  check_good(s.power(), 460);
  CHECK(s.survey.power_source() == PowerSource::psu_sum);
  check_good(run(s.context, s.survey.supply(s.bmc, 0)), 240);
  check_good(run(s.context, s.survey.supply(s.bmc, 1)), 220);
  CHECK(quality(run(s.context, s.survey.supply(s.bmc, 2))) == SampleQuality::unsupported);
}

TEST_CASE("a sensor whose record is there twice counts once, as ipmi_sim has it after a restart") {
  Surveyed s{{.fans = true}};
  s.bmc.records = {ScriptedBmc::sensor(1, 10, 1, 0x08, 6, 4, "PS1 Pin"),
                   ScriptedBmc::sensor(2, 10, 2, 0x08, 6, 4, "PS2 Pin"),
                   ScriptedBmc::sensor(4, 29, 1, 0x04, 18, 60, "FAN1")};
  for (int i = 0; i < 3; ++i) s.bmc.records.push_back(s.bmc.records[static_cast<std::size_t>(i)]);
  s.bmc.reading(1, 60);
  s.bmc.reading(2, 55);
  s.explore();
  check_good(s.power(), 460);
  CHECK(s.survey.sensors().supplies.size() == 2);
  CHECK(s.survey.sensors().fans.size() == 1);
}

TEST_CASE("a supply without a value leaves no sum, unless its bay is empty") {
  Surveyed s;
  with_two_supplies(s);
  s.bmc.reading(2, 0, 0x60);
  s.bmc.readings[9] = {0, {0, 0x40, 0x01}};
  CHECK(quality(s.power()) == SampleQuality::invalid);
  s.bmc.readings[9] = {0, {0, 0x40, 0x00}};
  check_good(s.power(), 240);
  s.bmc.reading(1, 0, 0x60);
  CHECK(quality(s.power()) == SampleQuality::invalid);
}

TEST_CASE("a sensor that is silent while others answer rests, and the poll goes on") {
  Surveyed s{{.inlet = true}};
  s.bmc.dcmi(300);
  s.bmc.records = {ScriptedBmc::sensor(5, 0x37, 1, 1, 1, 1, "Inlet")};
  s.bmc.reading(5, 22);
  for (int i = 0; i < 3; ++i) {
    CHECK(s.begin() == PollFailure::none);
    static_cast<void>(run(s.context, s.survey.inlet(s.bmc)));
    CHECK(s.end() == PollFailure::none);
    static_cast<void>(run(s.context, s.survey.explore(s.bmc, BootClock::now() + 5s)));
    std::this_thread::sleep_for(1050ms);
  }
  CHECK(s.begin() == PollFailure::none);
  static_cast<void>(s.power());
  check_good(run(s.context, s.survey.inlet(s.bmc)), 22);
  s.bmc.fault = [](const ipmi::Request& request) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
    if (request.command() == 0x2D) return tl::unexpected(PollFailure::timeout);
    return std::nullopt;
  };
  const auto before = s.bmc.count(4, 0x2D);
  CHECK(quality(run(s.context, s.survey.inlet(s.bmc))) == SampleQuality::invalid);
  CHECK(quality(run(s.context, s.survey.inlet(s.bmc))) == SampleQuality::invalid);
  CHECK(s.bmc.count(4, 0x2D) == before + 1);
}

TEST_CASE("silence at the first question is the BMC's, and it is asked who it is next time") {
  Surveyed s;
  s.bmc.dcmi(300);
  CHECK(s.begin() == PollFailure::none);
  check_good(s.power(), 300);
  CHECK(s.end() == PollFailure::none);
  s.bmc.fault = [](const ipmi::Request&) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
    return tl::unexpected(PollFailure::timeout);
  };
  CHECK(s.begin() == PollFailure::none);
  CHECK(s.power().error() == PollFailure::timeout);
  CHECK(s.begin() == PollFailure::timeout);
  s.bmc.fault = nullptr;
  CHECK(s.begin() == PollFailure::none);
  check_good(s.power(), 300);
}

TEST_CASE("a busy BMC keeps its source, and a forbidden command is said") {
  Surveyed s;
  s.bmc.dcmi(300);
  CHECK(s.begin() == PollFailure::none);
  s.bmc.replies[{0x2C, 0x02}] = {0xC0, {}};
  CHECK(quality(s.power()) == SampleQuality::invalid);
  CHECK(s.survey.refusal() == PollFailure::device_busy);
  s.bmc.replies[{0x2C, 0x02}] = {0xD4, {}};
  CHECK(quality(s.power()) == SampleQuality::invalid);
  CHECK(s.survey.refusal() == PollFailure::privilege);
  s.bmc.dcmi(301);
  check_good(s.power(), 301);
}

TEST_CASE("a non-linear sensor is read with the factors for its reading") {
  Surveyed s;
  s.bmc.records = {ScriptedBmc::sensor(8, 7, 1, 0x0B, 6, 1, "System Level", 0x70)};
  s.bmc.reading(8, 30);
  s.bmc.replies[{0x04, 0x23}] = {0, {31, 7, 0, 5, 0, 0, 0}};
  s.explore();
  check_good(s.power(), 215);
}

TEST_CASE("the inlet of DCMI is the warmest of its instances") {
  Surveyed s{{.inlet = true}};
  s.bmc.replies[{0x2C, 0x10}] = {0, {0xDC, 2, 2, 21, 1, 24, 2}};
  CHECK(s.begin() == PollFailure::none);
  check_good(run(s.context, s.survey.inlet(s.bmc)), 24);
}

TEST_CASE("a product known to share its supplies is flagged") {
  CHECK(ipmi::traits_of({.manufacturer = 343, .product = 77}).shared_supply);
  CHECK_FALSE(ipmi::traits_of({.manufacturer = 343, .product = 62}).shared_supply);
  Surveyed s;
  s.bmc.identity(343, 111);
  CHECK(s.begin() == PollFailure::none);
  CHECK(s.survey.shared_supply());
}

TEST_CASE("DCMI that comes with an update of the BMC is found when it is asked for again") {
  Surveyed s{{}, k_hurried};
  s.bmc.records = {ScriptedBmc::sensor(0x77, 7, 1, 0x0B, 6, 2, "Pwr Consumption")};
  s.bmc.reading(0x77, 140);
  REQUIRE(s.comes_to(280));
  CHECK(s.survey.power_source() == PowerSource::system_sensor);
  s.bmc.dcmi(283);
  REQUIRE(s.comes_to(283));
  CHECK(s.survey.power_source() == PowerSource::dcmi);
}

TEST_CASE("what is absent is asked for once in its time and not with every poll") {
  Surveyed s{{}, k_hurried};
  s.bmc.records = {ScriptedBmc::sensor(0x77, 7, 1, 0x0B, 6, 2, "Pwr Consumption")};
  s.bmc.reading(0x77, 140);
  REQUIRE(s.comes_to(280));
  const auto before = s.bmc.count(0x2C, 0x01);
  const auto began = BootClock::now();
  for (int i = 0; i < 30; ++i) {
    check_good(s.poll(), 280);
    std::this_thread::sleep_for(10ms);
  }
  const auto asked = s.bmc.count(0x2C, 0x01) - before;
  CHECK(asked >= 2);
  CHECK(asked <= (BootClock::now() - began) / k_hurried.again_absent + 1);
}

TEST_CASE(
    "DCMI that promises power and measures none costs no reading where a sensor serves, however often it is tried") {
  Surveyed s{{}, k_hurried};
  s.bmc.dcmi(0, 0x00);
  s.bmc.records = {ScriptedBmc::sensor(0x77, 7, 1, 0x0B, 6, 2, "Pwr Consumption")};
  s.bmc.reading(0x77, 140);
  REQUIRE(s.comes_to(280));
  const auto before = s.bmc.count(0x2C, 0x02);
  for (int i = 0; i < 30; ++i) {
    check_good(s.poll(), 280);
    std::this_thread::sleep_for(10ms);
  }
  CHECK(s.bmc.count(0x2C, 0x02) > before);
}

TEST_CASE("DCMI that measures nothing for a moment does not hand over to supplies, which may be a chassis's") {
  Surveyed s{{.supplies = true}, k_hurried};
  s.bmc.dcmi(283);
  s.bmc.records = {ScriptedBmc::sensor(1, 10, 1, 0x08, 6, 4, "Chassis PS1 Pin")};
  s.bmc.reading(1, 200);
  REQUIRE(s.comes_to(283));
  check_good(run(s.context, s.survey.supply(s.bmc, 0)), 800);
  s.bmc.dcmi(0, 0x00);
  for (int i = 0; i < 2; ++i) CHECK(quality(s.poll()) == SampleQuality::invalid);
  s.bmc.dcmi(284);
  check_good(s.poll(), 284);
  CHECK(s.survey.power_source() == PowerSource::dcmi);
}

TEST_CASE("an inlet temperature that DCMI refuses three times is asked for again after its time") {
  Surveyed s{{.inlet = true}, k_hurried};
  s.bmc.dcmi(300);
  const auto inlet = [&] {
    REQUIRE(s.begin() == PollFailure::none);
    const auto reading = run(s.context, s.survey.inlet(s.bmc));
    REQUIRE(s.end() == PollFailure::none);
    return reading;
  };
  for (int i = 0; i < 3; ++i) {
    CHECK(quality(inlet()) != SampleQuality::good);
    std::this_thread::sleep_for(10ms);
  }
  s.bmc.replies[{0x2C, 0x10}] = {0, {0xDC, 1, 1, 23, 1}};
  CHECK(quality(inlet()) != SampleQuality::good);
  std::this_thread::sleep_for(k_hurried.again_absent);
  check_good(inlet(), 23);
}

TEST_CASE("records that change are read again, and the sensors they name now are the ones that are asked") {
  Surveyed s{{}, k_hurried};
  s.bmc.records = {ScriptedBmc::sensor(0x77, 7, 1, 0x0B, 6, 2, "Pwr Consumption")};
  s.bmc.reading(0x77, 140);
  REQUIRE(s.comes_to(280));
  // an update of the firmware: the sensor has another number and another factor, its old number is something else
  s.bmc.records = {ScriptedBmc::sensor(0x10, 7, 1, 0x0B, 6, 4, "Pwr Consumption")};
  s.bmc.reading(0x10, 71);
  s.bmc.reading(0x77, 99);
  s.bmc.added = 2000;
  CHECK(s.comes_to(284));
  const auto read = s.bmc.count(0x0A, 0x23);
  for (int i = 0; i < 15; ++i) {
    check_good(s.poll(), 284);
    std::this_thread::sleep_for(10ms);
  }
  CHECK(s.bmc.count(0x0A, 0x23) == read);  // the stamp was looked at, the records were not
  CHECK(s.bmc.count(0x0A, 0x20) > 4);
}

TEST_CASE("a BMC that was away is asked at once whether its records are those they were") {
  Surveyed s;  // its stamp would be looked at after five minutes
  s.bmc.records = {ScriptedBmc::sensor(0x77, 7, 1, 0x0B, 6, 2, "Pwr Consumption")};
  s.bmc.reading(0x77, 140);
  s.explore();
  check_good(s.power(), 280);
  REQUIRE(s.end() == PollFailure::none);
  s.bmc.fault = [](const ipmi::Request&) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
    return tl::unexpected(PollFailure::timeout);
  };
  CHECK(s.begin() == PollFailure::none);
  CHECK(s.power().error() == PollFailure::timeout);
  s.bmc.fault = nullptr;
  s.bmc.records = {ScriptedBmc::sensor(0x10, 7, 1, 0x0B, 6, 4, "Pwr Consumption")};
  s.bmc.reading(0x10, 71);
  s.bmc.added = 2000;
  CHECK(s.comes_to(284));
}

TEST_CASE("a repository that is empty while the BMC starts is looked at again soon") {
  Surveyed s{{}, {k_hurried}};
  s.bmc.records = {ScriptedBmc::sensor(0x77, 7, 1, 0x0B, 6, 2, "Pwr Consumption")};
  s.bmc.reading(0x77, 140);
  REQUIRE(s.comes_to(280));
  s.bmc.replies[{0x0A, 0x20}] = {0, {0x51, 0, 0, 0, 0, 9, 9, 9, 9, 0, 0, 0, 0, 0x02}};
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(s.poll());
    std::this_thread::sleep_for(10ms);
  }
  s.bmc.replies.erase({0x0A, 0x20});
  s.bmc.records = {ScriptedBmc::sensor(0x10, 7, 1, 0x0B, 6, 4, "Pwr Consumption")};
  s.bmc.reading(0x10, 71);
  s.bmc.readings.erase(0x77);
  s.bmc.added = 2000;
  CHECK(s.comes_to(284));
}

TEST_CASE("without a repository the device's own records serve, and are read again when they change") {
  Surveyed s{{.supplies = true}, k_hurried};
  s.bmc.identity(674, 256, true);
  s.bmc.in_device = true;
  s.bmc.records = {ScriptedBmc::sensor(2, 10, 2, 0x08, 6, 4, "PS2 Pin"),
                   ScriptedBmc::sensor(1, 10, 1, 0x08, 6, 4, "PS1 Pin")};
  s.bmc.reading(1, 60);
  s.bmc.reading(2, 55);
  REQUIRE(s.comes_to(460));
  CHECK(s.survey.power_source() == PowerSource::psu_sum);
  CHECK(s.bmc.count(0x04, 0x21) >= 4);
  CHECK(s.bmc.count(0x0A, 0x23) == 0);
  s.bmc.records.push_back(ScriptedBmc::sensor(3, 10, 3, 0x08, 6, 4, "PS3 Pin"));
  s.bmc.reading(3, 10);
  s.bmc.added = 1001;
  CHECK(s.comes_to(500));
}

TEST_CASE("a repository without a sensor that serves does not hide the device's own") {
  Surveyed s{{}, k_hurried};
  s.bmc.identity(674, 256, true);
  s.bmc.in_device = true;
  s.bmc.records = {ScriptedBmc::sensor(0x77, 7, 1, 0x0B, 6, 2, "Pwr Consumption")};
  s.bmc.reading(0x77, 140);
  // the repository holds one record, the locator of a board
  s.bmc.replies[{0x0A, 0x20}] = {0, {0x51, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x02}};
  s.bmc.replies[{0x0A, 0x22}] = {0, {1, 0}};
  s.bmc.replies[{0x0A, 0x23}] = {0, {0xFF, 0xFF, 1, 0, 0x51, 0x11, 3}};
  CHECK(s.comes_to(280));
}

TEST_CASE("of 255 sensors those that serve are found, and the others are never asked") {
  Surveyed s{{.fans = true}, k_hurried};
  for (unsigned i = 1; i < 255; ++i) {
    s.bmc.records.push_back(ScriptedBmc::sensor(static_cast<std::uint8_t>(i), 3, 1, 0x02, 4, 1, "Vcore"));
  }
  s.bmc.records.push_back(ScriptedBmc::sensor(255, 7, 1, 0x0B, 6, 2, "Pwr Consumption"));
  s.bmc.reading(255, 140);
  REQUIRE(s.comes_to(280));
  check_good(s.poll(), 280);
  CHECK(s.bmc.count(0x04, 0x2D) <= 3);
}

TEST_CASE("whatever a BMC offers, it is asked nothing but what reads") {
  // IPMI 2.0, appendix G, and DCMI 1.5, table 6-1: those of "User" that change nothing; a reservation voids another one
  const std::set<std::pair<unsigned, unsigned>> reading{{0x06, 0x01}, {0x2C, 0x01}, {0x2C, 0x02}, {0x2C, 0x10},
                                                        {0x0A, 0x20}, {0x0A, 0x22}, {0x0A, 0x23}, {0x04, 0x20},
                                                        {0x04, 0x21}, {0x04, 0x22}, {0x04, 0x23}, {0x04, 0x2D}};
  std::set<std::pair<unsigned, unsigned>> asked;
  for (const bool in_device : {false, true}) {
    for (const bool dcmi : {false, true}) {
      Surveyed s{{.inlet = true, .supplies = true, .fans = true}, k_hurried};
      s.bmc.in_device = in_device;
      s.bmc.records = {ScriptedBmc::sensor(8, 7, 1, 0x0B, 6, 1, "System Level", 0x70),
                       ScriptedBmc::sensor(5, 0x37, 1, 1, 1, 1, "Inlet"),
                       ScriptedBmc::sensor(1, 10, 1, 8, 6, 4, "PS1 Pin"), ScriptedBmc::supply_state(9, 1),
                       ScriptedBmc::sensor(4, 29, 1, 4, 18, 60, "FAN1")};
      for (const unsigned sensor : {1U, 4U, 5U, 8U}) s.bmc.reading(static_cast<std::uint8_t>(sensor), 30);
      s.bmc.replies[{0x04, 0x23}] = {0, {31, 7, 0, 5, 0, 0, 0}};
      if (dcmi) s.bmc.dcmi(215);
      REQUIRE(s.comes_to(215));
      for (int i = 0; i < 30; ++i) {
        static_cast<void>(s.poll());
        static_cast<void>(run(s.context, s.survey.inlet(s.bmc)));
        static_cast<void>(run(s.context, s.survey.supply(s.bmc, 0)));
        static_cast<void>(run(s.context, s.survey.fan(s.bmc, 0)));
        std::this_thread::sleep_for(5ms);
      }
      asked.insert(s.bmc.asked.begin(), s.bmc.asked.end());
    }
  }
  CHECK(asked == reading);
}

TEST_CASE("parts of a machine and averages are never its total") {
  CHECK(ipmi::rank_of_total(7, "CPU1 Power") == 0);
  CHECK(ipmi::rank_of_total(7, "MEM Power") == 0);
  CHECK(ipmi::rank_of_total(7, "Avg Power") == 0);
  CHECK(ipmi::rank_of_total(3, "VR 1") == 0);
  CHECK(ipmi::rank_of_total(7, "Pwr Consumption") > ipmi::rank_of_total(7, "PW"));
  CHECK(ipmi::rank_of_total(11, "Total_Power") > 0);
}

}  // namespace
}  // namespace pue::test
