#include "collectors/ipmi/bmc_survey.h"

#include <doctest/doctest.h>
#include <chrono>
#include <thread>

#include "collectors/ipmi/known_products.h"
#include "tests/unit/ipmi_collector/scripted_bmc.h"

namespace pue::test {
namespace {

using namespace std::chrono_literals;
using ipmi::BmcSurvey;

struct Surveyed {
  asio::io_context context;
  ScriptedBmc bmc;
  BmcSurvey survey;

  explicit Surveyed(ipmi::Wanted wanted = {}) : survey(wanted) { bmc.identity(); }

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
