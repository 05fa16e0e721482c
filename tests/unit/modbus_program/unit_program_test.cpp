#include "collectors/modbus/unit_program.h"

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace pue;
using namespace pue::modbus;
using namespace std::chrono_literals;

namespace {

/// A device of holding registers, asked as a collector asks it.
class Asked {
 public:
  explicit Asked(std::vector<profiles::Point> points) {
    auto profile = std::make_shared<profiles::Profile>();
    profile->id = "test";
    profile->points = std::move(points);
    plan::Device device{.name = "d", .profile = profile, .interval = 1s, .points = {}};
    for (const auto& source : profile->points) {
      if (source.auxiliary) continue;
      const auto id = static_cast<PointId>(plan_.points.size());
      plan_.points.push_back({.id = id, .name = source.name, .source = &source, .interval = 1s, .stale_after = 3s});
      device.points.push_back(id);
    }
    plan_.devices.push_back(std::move(device));
    sink_ = std::make_unique<collectors::SampleSink>(ring_, stats_, plan_.points.size());
    program_ = std::make_unique<UnitProgram>(plan_, plan_.devices.front(), library_, state_);
  }

  /// One round. @return the good values by name, and under `unsupported` those whose register is refused for good.
  std::map<std::string, double> round() {
    now_ += 1s;
    blocks = 0;
    for (program_->start(0, now_); const Block* block = program_->current();) {
      ++blocks;
      if (silent || mute.contains(block->address)) {
        program_->went_silent();
        break;
      }
      bool is_refused = false;
      std::vector<std::uint16_t> words;
      for (std::uint16_t i = 0; i < block->count; ++i) {
        const auto address = static_cast<std::uint16_t>(block->address + i);
        is_refused = is_refused || refused.contains(address);
        words.push_back(registers[address]);
      }
      if (is_refused) {
        program_->refused(PollFailure::illegal_address, now_, *sink_);
      } else if (busy.contains(block->address)) {
        program_->skip();
      } else {
        program_->answered(words, now_, *sink_);
      }
    }
    std::map<std::string, double> good;
    ring_.drain([&](const Sample& sample) {
      const std::string name{plan_.points[sample.point].name};
      if (sample.quality == SampleQuality::good) good[name] = sample.value;
      if (sample.quality == SampleQuality::unsupported) unsupported.insert(name);
    });
    return good;
  }
  void pass(Duration time) { now_ += time; }

  std::map<std::uint16_t, std::uint16_t> registers;
  std::set<std::uint16_t> refused;  ///< addresses that make a request exception 2
  std::set<std::uint16_t> busy;     ///< blocks that begin here give nothing
  std::set<std::uint16_t> mute;     ///< nor does a block that begins here get an answer at all
  bool silent = false;
  std::set<std::string> unsupported;
  int blocks = 0;  ///< asked for in the last round
  [[nodiscard]] std::string serial_text() const { return state_.serial_text().read(); }

 private:
  plan::Plan plan_;
  SpscRing<Sample> ring_{64};
  CollectorStats stats_;
  ProgramLibrary library_;
  DeviceState state_;
  std::unique_ptr<collectors::SampleSink> sink_;
  std::unique_ptr<UnitProgram> program_;
  Instant now_{1h};
};

profiles::Point value(const std::string& name, std::uint16_t address) {
  profiles::Point point;
  point.name = name;
  point.address = address;
  return point;
}
profiles::Point exponent(std::uint16_t address) {
  auto point = value("exponent", address);
  point.type = profiles::RegisterType::s16;
  point.auxiliary = true;
  return point;
}
profiles::Point scaled(const std::string& name, std::uint16_t address) {
  auto point = value(name, address);
  point.exponent = profiles::ExponentFrom{.point = "exponent"};
  return point;
}

/// A serial number of four characters.
profiles::Point serial(std::uint16_t address) {
  auto point = value("serial_number", address);
  point.type = profiles::RegisterType::text;
  point.words = 2;
  point.kind = profiles::PointKind::state;
  return point;
}

using Values = std::map<std::string, double>;

}  // namespace

TEST_CASE("an exponent in an earlier block scales the value in the very first round") {
  Asked device{{exponent(0), scaled("power", 500)}};
  device.registers = {{0, static_cast<std::uint16_t>(-1)}, {500, 123}};
  CHECK(device.round() == Values{{"power", 12.3}});
  CHECK(device.blocks == 2);
}

TEST_CASE("an exponent in a later block never scales with a guess: the value waits for the first exponent") {
  Asked device{{scaled("power", 0), exponent(500)}};
  device.registers = {{0, 123}, {500, 2}};
  CHECK(device.round().empty());
  CHECK(device.round() == Values{{"power", 12'300.0}});
}

TEST_CASE("after a silence an exponent of before it scales nothing") {
  Asked device{{exponent(0), scaled("power", 500)}};
  device.registers = {{0, 1}, {500, 7}};
  CHECK(device.round() == Values{{"power", 70.0}});
  device.silent = true;
  CHECK(device.round().empty());
  device.silent = false;
  device.busy = {0};  // the block of the exponent gives nothing, that of the value does
  CHECK(device.round().empty());
  device.busy = {};
  CHECK(device.round() == Values{{"power", 70.0}});
}

TEST_CASE("an exponent that this round did not give scales nothing: it may have changed") {
  Asked device{{exponent(0), scaled("power", 500), value("other", 501)}};
  device.registers = {{0, 1}, {500, 7}, {501, 8}};
  CHECK(device.round() == Values{{"power", 70.0}, {"other", 8.0}});
  device.busy = {0};
  device.registers[0] = 2;
  CHECK(device.round() == Values{{"other", 8.0}});
  device.busy = {};
  CHECK(device.round() == Values{{"power", 700.0}, {"other", 8.0}});
}

TEST_CASE("a value whose exponent's register is refused has no value from the first refusal on") {
  Asked device{{exponent(0), scaled("power", 500)}};
  device.registers = {{0, 1}, {500, 7}};
  CHECK(device.round() == Values{{"power", 70.0}});
  device.refused = {0};
  for (int i = 0; i < 5; ++i) CHECK(device.round().empty());
}

TEST_CASE("a factor from another block multiplies, and one that is refused leaves no value") {
  auto current = value("current", 500);
  current.multiply_by = "ratio";
  auto ratio = value("ratio", 0);
  ratio.auxiliary = true;
  Asked device{{ratio, current}};
  device.registers = {{0, 40}, {500, 5}};
  CHECK(device.round() == Values{{"current", 200.0}});
  device.refused = {0};
  CHECK(device.round().empty());
}

TEST_CASE("a refused block is taken apart in the same round, and its bad register disabled after three refusals") {
  Asked device{{value("a", 0), value("b", 1), value("c", 2), value("d", 3)}};
  device.registers = {{0, 10}, {1, 11}, {2, 12}, {3, 13}};
  device.refused = {2};
  const Values others{{"a", 10.0}, {"b", 11.0}, {"d", 13.0}};
  CHECK(device.round() == others);
  CHECK(device.unsupported.empty());
  CHECK(device.round() == others);
  CHECK(device.round() == others);
  CHECK(device.unsupported == std::set<std::string>{"c"});
  CHECK(device.round() == others);
  CHECK(device.blocks == 2);  // a and b, d: the bad one is not asked for
}

TEST_CASE("ten minutes later a disabled register is tried once more, and stays when it answers") {
  Asked device{{value("a", 0), value("b", 1)}};
  device.registers = {{0, 10}, {1, 11}};
  device.refused = {1};
  for (int i = 0; i < 4; ++i) CHECK(device.round() == Values{{"a", 10.0}});
  device.unsupported.clear();

  device.pass(10min);
  CHECK(device.round() == Values{{"a", 10.0}});
  CHECK(device.unsupported == std::set<std::string>{"b"});  // one refusal is enough this time
  CHECK(device.round() == Values{{"a", 10.0}});
  CHECK(device.blocks == 1);

  device.refused = {};
  CHECK(device.round() == Values{{"a", 10.0}});  // not before the ten minutes are over
  device.pass(10min);
  CHECK(device.round() == Values{{"a", 10.0}, {"b", 11.0}});
  CHECK(device.blocks == 1);
}

TEST_CASE(
    "a device is asked which it is before its first values, after a silence, after a pause and every ten minutes") {
  Asked device{{value("energy", 0), serial(100)}};
  device.registers = {{0, 5}, {100, 0x4131}, {101, 0x3700}};  // "A17"
  const Values values{{"energy", 5.0}};
  const Values both{{"energy", 5.0}, {"serial_number", serial_fingerprint("A17")}};
  CHECK(device.round() == both);
  CHECK(device.serial_text() == "A17");
  for (int i = 0; i < 599; ++i) REQUIRE(device.round() == values);
  CHECK(device.round() == both);

  CHECK(device.round() == values);
  device.silent = true;
  CHECK(device.round().empty());
  device.silent = false;
  device.registers[101] = 0x3800;  // "A18"
  CHECK(device.round() == Values{{"energy", 5.0}, {"serial_number", serial_fingerprint("A18")}});
  CHECK(device.serial_text() == "A18");

  CHECK(device.round() == values);
  device.pass(10s);
  CHECK(device.round().size() == 2);
}

TEST_CASE("a device that is silent when asked which it is gives its values, and is asked that less and less") {
  Asked device{{value("energy", 0), serial(100)}};
  device.registers = {{0, 5}};
  device.mute = {100};
  int without = 0;
  for (int i = 0; i < 1800; ++i) without += device.round().empty() ? 1 : 0;
  // three at the start, then one every ten minutes
  CHECK(without == 5);
}

TEST_CASE("a serial number that is refused, or of spaces alone, holds nothing up") {
  Asked device{{value("energy", 0), serial(100)}};
  device.registers = {{0, 5}, {100, 0x2020}, {101, 0x2020}};
  CHECK(device.round() == Values{{"energy", 5.0}});
  device.refused = {100};
  device.pass(10min);
  CHECK(device.round() == Values{{"energy", 5.0}});
  CHECK(device.round() == Values{{"energy", 5.0}});
}

TEST_CASE("a serial number that is a number is asked for as one that is a text") {
  auto number = value("serial_number", 100);
  Asked device{{value("energy", 0), number}};
  device.registers = {{0, 5}, {100, 4711}};
  CHECK(device.round() == Values{{"energy", 5.0}, {"serial_number", 4711.0}});
  CHECK(device.round() == Values{{"energy", 5.0}});
  device.registers[100] = 0;  // a device that has not read its own yet
  device.pass(10min);
  CHECK(device.round() == Values{{"energy", 5.0}});
}

TEST_CASE("a device that is asked for nothing but its serial number is asked at its interval") {
  Asked device{{serial(100)}};
  device.registers = {{100, 0x4131}, {101, 0x3700}};
  CHECK(device.round().size() == 1);
  CHECK(device.round().size() == 1);
}
