#include "collectors/modbus/read_device.h"

#include <doctest/doctest.h>

#include "collectors/profiles/library.h"
#include "tests/unit/sunspec/map_reader.h"

using namespace pue;
using namespace pue::modbus;

namespace {

const PointReading& reading_of(const std::vector<PointReading>& readings, std::string_view name) {
  for (const auto& reading : readings) {
    if (reading.point->name == name) return reading;
  }
  FAIL("no point " << name);
  return readings.front();
}

profiles::Profile library_profile(const std::string& name) {
  const auto found = profiles::Library{}.find(name, true);
  REQUIRE(found);
  return **found;
}

/// Every register of every point, all zero.
MapReader zeros_for(const profiles::Profile& profile) {
  MapReader reader;
  for (const auto& point : profile.points) {
    for (unsigned i = 0; i < 400; ++i) {
      const unsigned address = point.address + i;
      if (address <= 65535) reader.put(static_cast<std::uint16_t>(address), {0}, point.function);
    }
  }
  return reader;
}

}  // namespace

TEST_CASE("every profile of the library is read without a value left out, within its largest request") {
  const profiles::Library library;
  for (const auto& name : library.names()) {
    CAPTURE(name);
    const auto profile = library_profile(name);
    auto reader = zeros_for(profile);
    for (const auto& reading : read_device(reader, 7, profile)) {
      CAPTURE(reading.point->name);
      CHECK(reading.words.size() == reading.point->words);
    }
    for (const auto& request : reader.asked) {
      CHECK(request.unit == 7);
      CHECK(request.count <= profile.max_regs);
    }
  }
}

// Registers made up after the profile's encodings: 0x42480000 is 50 Hz as f32; a power factor above 1 is 2 - x,
// leading.
TEST_CASE("a PM5xxx's four-quadrant power factor and missing neutral current read as what they stand for") {
  const auto profile = library_profile("schneider-pm5xxx");
  auto reader = zeros_for(profile);
  const auto put = [&](std::string_view name, const std::vector<std::uint16_t>& words) {
    REQUIRE(profile.find(name));
    reader.put(profile.find(name)->address, words);
  };
  put("power_factor_total", {0x3F85, 0xF6FD});
  put("current_n", {0xFFC0, 0x0000});
  put("power_active_total", {0x41A0, 0x0000});
  put("energy_active_import_total", {0, 0, 0x0001, 0x86A0});
  const auto readings = read_device(reader, 1, profile);
  CHECK(*reading_of(readings, "power_factor_total").value == doctest::Approx(0.9534).epsilon(1e-4));
  CHECK(reading_of(readings, "current_n").quality == PointQuality::invalid);
  CHECK(*reading_of(readings, "power_active_total").value == 20000.0);
  CHECK(*reading_of(readings, "energy_active_import_total").value == 100000.0 * 3600);
}

TEST_CASE("an ION6200's values move their point by the scale registers, 10^(3-n)") {
  const auto profile = library_profile("schneider-ion6200");
  auto reader = zeros_for(profile);
  reader.put(99, {2305});
  reader.put(107, {1234});
  reader.put(119, {0xFF9C});
  reader.put(4011, {4});
  reader.put(4012, {5});
  reader.put(4014, {3});
  reader.put(137, {0x0001, 0x0002});
  const auto readings = read_device(reader, 1, profile);
  CHECK(*reading_of(readings, "voltage_l1_n").value == doctest::Approx(230.5));
  CHECK(*reading_of(readings, "current_l1").value == doctest::Approx(12.34));
  CHECK(*reading_of(readings, "power_active_total").value == -100'000.0);
  CHECK(*reading_of(readings, "energy_active_import_total").value == 0x00020001 * 3.6e6);  // low word first
}

// Registers of the captures that the profiles name: SolarNetwork's ION6200DataTests.java, test-pm3200-data-01.txt of an
// iEM3255 and test-data-01.txt of a WattsOn.
TEST_CASE("a meter tells the serial number of its capture") {
  struct Capture {
    const char* profile;
    std::uint16_t address;
    std::vector<std::uint16_t> words;
    double number;
  };
  for (const auto& capture : std::initializer_list<Capture>{{"schneider-ion6200", 0, {0x40D8, 0x04C6}, 80'101'592.0},
                                                            {"schneider-iem3000", 129, {0x00F7, 0xB24F}, 16'233'039.0},
                                                            {"elkor-wattson", 149, {0x4672}, 18'034.0}}) {
    CAPTURE(capture.profile);
    const auto profile = library_profile(capture.profile);
    auto reader = zeros_for(profile);
    reader.put(capture.address, capture.words);
    const auto readings = read_device(reader, 1, profile);
    REQUIRE(reading_of(readings, "serial_number").quality == PointQuality::good);
    CHECK(*reading_of(readings, "serial_number").value == capture.number);
  }
}

TEST_CASE("an exponent register without answer takes its values along and no others") {
  const auto profile = library_profile("schneider-ion6200");
  auto reader = zeros_for(profile);
  reader.refuse(4011);
  const auto readings = read_device(reader, 1, profile);
  CHECK(reading_of(readings, "scale_voltage").quality == PointQuality::unsupported);
  CHECK(reading_of(readings, "voltage_l1_n").quality == PointQuality::invalid);
  CHECK(reading_of(readings, "voltage_l1_n").words.size() == 1);
  CHECK(reading_of(readings, "current_l1").quality == PointQuality::good);
}

TEST_CASE("one bad register costs its own value only") {
  const auto profile = library_profile("eastron-sdm630");
  for (const auto failure : {PollFailure::illegal_address, PollFailure::illegal_value, PollFailure::device_failure}) {
    auto reader = zeros_for(profile);
    reader.refuse(profile.find("power_active_l2")->address, failure);
    for (const auto& reading : read_device(reader, 1, profile)) {
      CAPTURE(reading.point->name);
      const bool bad = reading.point->name == "power_active_l2";
      CHECK(reading.quality == (bad ? PointQuality::unsupported : PointQuality::good));
    }
  }
}

TEST_CASE("a function the device does not know is not taken apart") {
  const auto profile = library_profile("eastron-sdm630");
  auto reader = zeros_for(profile);
  for (const auto& point : profile.points) reader.refuse(point.address, PollFailure::illegal_function);
  for (const auto& reading : read_device(reader, 1, profile)) CHECK(reading.quality == PointQuality::unsupported);
  CHECK(reader.asked.size() < 12);
}

TEST_CASE("a silent device is given up after two requests asked twice") {
  const auto profile = library_profile("siemens-pac3200");
  auto reader = zeros_for(profile);
  reader.silent_after = 0;
  for (const auto& reading : read_device(reader, 1, profile)) {
    CHECK(reading.quality == PointQuality::timeout);
    CHECK(reading.failure == PollFailure::timeout);
    CHECK(reading.words.empty());
  }
  CHECK(reader.asked.size() == 4);
}

TEST_CASE("a device that falls silent keeps what it said before") {
  const auto profile = library_profile("siemens-pac3200");
  auto reader = zeros_for(profile);
  reader.silent_after = 1;
  std::size_t good = 0;
  std::size_t silent = 0;
  for (const auto& reading : read_device(reader, 1, profile)) {
    good += reading.quality == PointQuality::good ? 1 : 0;
    silent += reading.quality == PointQuality::timeout ? 1 : 0;
  }
  CHECK(good > 0);
  CHECK(silent > 0);
}
