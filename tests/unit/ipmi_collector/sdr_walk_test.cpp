#include "collectors/ipmi/sdr_walk.h"

#include <doctest/doctest.h>
#include <string>

#include "tests/unit/ipmi_collector/scripted_bmc.h"

namespace pue::test {
namespace {

using namespace std::chrono_literals;
using ipmi::SdrWalk;
using ipmi::WalkFault;

struct Names final : ipmi::SdrTaker {
  std::vector<std::string> names;
  unsigned begun = 0;
  void begin() override {
    names.clear();
    ++begun;
  }
  void take(const ipmi::SensorRecord& record) override { names.push_back(record.name); }
};

struct Walked {
  asio::io_context context;
  ScriptedBmc bmc;
  SdrWalk walk{ipmi::SdrPlace::repository};
  Names names;

  Walked() {
    bmc.records = {ScriptedBmc::sensor(1, 7, 1, 1, 1, 1, "Inlet Temp"), Octets{0, 0, 0x51, 0x11, 3, 1, 2, 3},
                   ScriptedBmc::sensor(2, 10, 1, 8, 6, 4, "PS1 Input"), ScriptedBmc::supply_state(9, 1),
                   ScriptedBmc::sensor(3, 29, 1, 4, 18, 80, "Fan A long name of 31 bytes -->")};
  }
  auto all() { return run(context, walk.go_on(bmc, BootClock::now() + 5s, names)); }
};

const std::vector<std::string> k_names{"Inlet Temp", "PS1 Input", "", "Fan A long name of 31 bytes -->"};

TEST_CASE("a walk takes every sensor record whole and passes over the others") {
  Walked walked;
  CHECK(walked.all() == SdrWalk::Progress::done);
  CHECK(walked.names.names == k_names);
  CHECK(walked.walk.stamp().records == 5);
  CHECK(walked.walk.stamp().added == 1000);
}

TEST_CASE("a BMC that gives few bytes at once is asked for fewer") {
  Walked walked;
  walked.bmc.longest_piece = 9;
  CHECK(walked.all() == SdrWalk::Progress::done);
  CHECK(walked.names.names == k_names);
}

TEST_CASE("a walk without time reads one step and goes on where it was") {
  Walked walked;
  auto progress = run(walked.context, walked.walk.go_on(walked.bmc, BootClock::now(), walked.names));
  unsigned slices = 1;
  for (; progress == SdrWalk::Progress::more && slices < 100; ++slices) {
    progress = run(walked.context, walked.walk.go_on(walked.bmc, BootClock::now(), walked.names));
  }
  CHECK(progress == SdrWalk::Progress::done);
  CHECK(slices == 8);  // information, reservation, five records, information
  CHECK(walked.names.names == k_names);
}

TEST_CASE("a lost reservation is renewed and the record read again") {
  Walked walked;
  unsigned asked = 0;
  walked.bmc.fault = [&](const ipmi::Request& request) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
    if (request.command() == 0x23 && ++asked % 7 == 0) ++walked.bmc.reservation;
    return std::nullopt;
  };
  CHECK(walked.all() == SdrWalk::Progress::done);
  CHECK(walked.names.names == k_names);
  CHECK(walked.bmc.count(0x0A, 0x22) > 1);
}

TEST_CASE("a reservation that is lost for ever ends the walk") {
  Walked walked;
  walked.bmc.fault = [](const ipmi::Request& request) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
    if (request.command() == 0x23) return ScriptedBmc::Reply{0xC5, {}};
    return std::nullopt;
  };
  const auto progress = walked.all();
  REQUIRE_FALSE(progress);
  CHECK(progress.error() == WalkFault::unsteady);
  CHECK(walked.bmc.asked.size() < 100);
}

TEST_CASE("records that change under way are read again from the start") {
  Walked walked;
  unsigned infos = 0;
  walked.bmc.fault = [&](const ipmi::Request& request) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
    if (request.command() == 0x20 && ++infos == 1) walked.bmc.added = 2000;
    return std::nullopt;
  };
  CHECK(walked.all() == SdrWalk::Progress::done);
  CHECK(walked.names.begun == 2);
  CHECK(walked.names.names == k_names);
  CHECK(walked.walk.stamp().added == 2000);
}

TEST_CASE("record ids that go round are refused, whatever the length of the circle") {
  for (const unsigned circle : {1U, 2U, 7U, 100U}) {
    Walked walked;
    unsigned n = 0;
    walked.bmc.fault =
        [&](const ipmi::Request& request) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
      if (request.command() != 0x23) return std::nullopt;
      ++n;
      return ScriptedBmc::Reply{0, {static_cast<std::uint8_t>(50 + n % circle), 0, 1, 0, 0x51, 0x11, 3}};
    };
    const auto progress = walked.all();
    REQUIRE_FALSE(progress);
    CHECK(progress.error() == WalkFault::endless);
    CHECK(walked.bmc.asked.size() < 4 * circle + 10);
  }
}

TEST_CASE("records without end are refused") {
  Walked walked;
  unsigned n = 0;
  walked.bmc.fault = [&](const ipmi::Request& request) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
    if (request.command() != 0x23) return std::nullopt;
    ++n;
    return ScriptedBmc::Reply{
        0, {static_cast<std::uint8_t>(n & 0xFFU), static_cast<std::uint8_t>(n >> 8U), 1, 0, 0x51, 0x11, 3}};
  };
  const auto progress = walked.all();
  REQUIRE_FALSE(progress);
  CHECK(progress.error() == WalkFault::endless);
}

TEST_CASE("a busy BMC gets a pause, and silence leaves the walk where it is") {
  Walked walked;
  unsigned n = 0;
  walked.bmc.fault = [&](const ipmi::Request& request) -> std::optional<tl::expected<ScriptedBmc::Reply, PollFailure>> {
    if (request.command() != 0x23) return std::nullopt;
    ++n;
    if (n == 3) return ScriptedBmc::Reply{0xC0, {}};
    if (n == 5) return tl::unexpected(PollFailure::timeout);
    return std::nullopt;
  };
  CHECK(walked.all() == SdrWalk::Progress::pause);
  const auto silent = walked.all();
  REQUIRE_FALSE(silent);
  CHECK(silent.error() == WalkFault::silent);
  CHECK(walked.all() == SdrWalk::Progress::done);
  CHECK(walked.names.names == k_names);
}

TEST_CASE("a repository of one record is walked like any other") {
  Walked walked;
  walked.bmc.records.resize(1);
  CHECK(walked.all() == SdrWalk::Progress::done);
  CHECK(walked.names.names == std::vector<std::string>{"Inlet Temp"});
}

TEST_CASE("a BMC without a repository has nothing there") {
  Walked walked;
  walked.bmc.records.clear();
  CHECK(walked.all() == SdrWalk::Progress::nothing);
}

}  // namespace
}  // namespace pue::test
