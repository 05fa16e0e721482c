#include "collectors/modbus/scan_units.h"

#include <doctest/doctest.h>

#include "collectors/profiles/library.h"
#include "tests/unit/sunspec/map_reader.h"

using namespace pue;
using namespace pue::modbus;

namespace {

std::vector<std::shared_ptr<const profiles::Profile>> whole_library() {
  const profiles::Library library;
  std::vector<std::shared_ptr<const profiles::Profile>> all;
  for (const auto& name : library.names()) all.push_back(*library.find(name, true));
  return all;
}

ScanResult scan(Reader& reader, std::string_view units) {
  return scan_units(reader, {.units = *parse_units(units), .pause = {}, .tell = {}}, whole_library());
}

}  // namespace

TEST_CASE("units that answer are found, exceptions are answers, a gateway's exceptions are none") {
  MapReader reader;
  reader.units = {3, 17};  // both answer everything with exception 2
  reader.absent = {{5, PollFailure::gateway_no_response}, {6, PollFailure::gateway_path}, {9, PollFailure::crc}};
  std::size_t told = 0;
  const auto result = scan_units(reader,
                                 {.units = *parse_units("1-20"),
                                  .pause = {},
                                  .tell =
                                      [&](std::size_t done, std::size_t of) {
                                        CHECK(done == ++told);
                                        CHECK(of == 20);
                                      }},
                                 whole_library());
  REQUIRE(result.units.size() == 2);
  CHECK(result.units[0].unit == 3);
  CHECK(result.units[0].answer == PollFailure::illegal_address);
  CHECK(result.units[1].unit == 17);
  CHECK(result.garbled == std::vector<std::uint8_t>{9});
  CHECK(result.stopped == PollFailure::none);
  CHECK(told == 20);
}

TEST_CASE("an absent unit costs two requests, one where the gateway says so, and only reads are sent") {
  MapReader reader;
  reader.units = {200};
  reader.absent = {{2, PollFailure::gateway_no_response}};
  CHECK(scan(reader, "1,2").units.empty());
  REQUIRE(reader.asked.size() == 3);
  CHECK(reader.asked[0].function == ReadFunction::holding_registers);
  CHECK(reader.asked[1].function == ReadFunction::input_registers);
  CHECK(reader.asked[2].unit == 2);
}

TEST_CASE("a scan ends where the bus itself cannot be reached") {
  MapReader reader;
  reader.units = {200};
  reader.absent = {{1, PollFailure::connect_refused}};
  const auto result = scan(reader, "1-247");
  CHECK(result.stopped == PollFailure::connect_refused);
  CHECK(reader.asked.size() == 1);
}

TEST_CASE("a device is recognised by the text it keeps") {
  MapReader reader;
  reader.put_text(4096, "Hager", 16);
  const auto result = scan(reader, "1");
  REQUIRE(result.units.size() == 1);
  REQUIRE_FALSE(result.units[0].matches.empty());
  CHECK(result.units[0].matches[0].profile == "hager-ecr380d");
  CHECK(result.units[0].matches[0].certain);
}

TEST_CASE("a large number identifies, a small one only suggests") {
  MapReader reader;
  reader.put(89, {15273});  // a PM5330
  reader.put(3, {4});       // what an energy valve says, and many others
  const auto result = scan(reader, "1");
  REQUIRE(result.units.size() == 1);
  const auto& matches = result.units[0].matches;
  REQUIRE(matches.size() == 2);
  CHECK(matches[0].profile == "schneider-pm5xxx");
  CHECK(matches[0].certain);
  CHECK(matches[1].profile == "belimo-ev-energyvalve");
  CHECK_FALSE(matches[1].certain);
}

TEST_CASE("of a family with one mark the name behind it decides") {
  MapReader reader;
  // Each character in a register of its own, as these meters keep it.
  reader.put(50000, {'S', 'O', 'C', 'O'});
  reader.put_text(50050, "DIRIS A10", 8);
  const auto result = scan(reader, "1");
  const auto& matches = result.units.at(0).matches;
  REQUIRE(matches.size() == 2);
  CHECK(matches[0].profile == "socomec-diris-a10");
  CHECK(matches[0].certain);
  CHECK_FALSE(matches[1].certain);
}

TEST_CASE("what a device says in 43/14 is compared with the models' names") {
  MapReader reader;
  reader.objects = {{0, "Janitza electronics"}, {1, "UMG604E-PRO"}, {2, "5.016"}};
  const auto result = scan(reader, "1");
  REQUIRE(result.units.size() == 1);
  CHECK(result.units[0].objects.size() == 3);
  REQUIRE_FALSE(result.units[0].matches.empty());
  CHECK(result.units[0].matches[0].profile == "janitza-umg604");
}

TEST_CASE("the interface in a model's name recognises nothing") {
  MapReader reader;
  reader.objects = {{1, "Sensor with RS-485"}};
  CHECK(scan(reader, "1").units.at(0).matches.empty());
}

TEST_CASE("a SunSpec device is offered its own profile") {
  MapReader reader;
  reader.put(40000, {0x5375, 0x6E53, 1, 66});
  reader.put_text(40004, "SolarEdge", 66);
  reader.put(40070, std::vector<std::uint16_t>(52, 0));
  reader.put(40070, {103, 50});
  reader.put(40122, {0xFFFF, 0});
  const auto result = scan(reader, "1");
  REQUIRE(result.units.size() == 1);
  CHECK(result.units[0].sunspec.starts_with("SunSpec SolarEdge"));
  REQUIRE_FALSE(result.units[0].matches.empty());
  CHECK(result.units[0].matches.back().profile == "sunspec");
}

TEST_CASE("lists of units are read, sorted, each once") {
  CHECK(*parse_units("5") == std::vector<std::uint8_t>{5});
  CHECK(*parse_units("9,1-3,2") == std::vector<std::uint8_t>{1, 2, 3, 9});
  CHECK(parse_units("1-247")->size() == 247);
  CHECK(parse_units("1-255")->size() == 255);
  for (const char* wrong : {"", "0", "256", "5-", "-5", "9-1", "1,,2", "1,", "a", "1-2-3", "99999999999999999999"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_units(wrong));
  }
}
