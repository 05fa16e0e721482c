#include "collectors/modbus/sunspec.h"

#include <doctest/doctest.h>

#include "collectors/modbus/read_device.h"
#include "collectors/modbus/sunspec_models.h"
#include "collectors/profiles/quantities.h"
#include "tests/unit/sunspec/map_reader.h"

using namespace pue;
using namespace pue::modbus;

namespace {

constexpr std::uint16_t k_base = 40000;
constexpr std::uint16_t k_first = k_base + 2;

std::vector<std::uint16_t> model(std::uint16_t id, std::uint16_t length) {
  std::vector<std::uint16_t> words(length + 2U, 0x8000);
  words[0] = id;
  words[1] = length;
  return words;
}

/// A three-phase meter (model 203). Amperes with factor -2, volts -1, hertz -2, watts 1, energy 0.
std::vector<std::uint16_t> meter() {
  auto words = model(203, 105);
  const auto put = [&](std::size_t offset, int value) { words[offset] = static_cast<std::uint16_t>(value); };
  put(2, 5421);
  put(3, 1807);
  put(6, -2);
  put(8, 2305);
  put(15, -1);
  put(16, 4998);
  put(17, -2);
  put(18, 1234);
  put(19, -411);
  put(22, 1);
  put(33, -985);
  put(37, -1);
  put(46, 0x0012);
  put(47, 0xD687);
  put(54, 0);
  return words;
}

void put_common(MapReader& device, std::uint16_t base, std::uint16_t length = 66) {
  device.put(base, {0x5375, 0x6E53});
  device.put(static_cast<std::uint16_t>(base + 2), model(1, length));
  device.put_text(static_cast<std::uint16_t>(base + 4), "Fronius", 16);
  device.put_text(static_cast<std::uint16_t>(base + 20), "Smart Meter 63A", 16);
  device.put_text(static_cast<std::uint16_t>(base + 44), "1.3", 8);
  device.put_text(static_cast<std::uint16_t>(base + 52), "18480123", 16);
}

MapReader meter_at(std::uint16_t base) {
  MapReader device;
  put_common(device, base);
  device.put(static_cast<std::uint16_t>(base + 70), meter());
  device.put(static_cast<std::uint16_t>(base + 70 + 107), {0xFFFF, 0});
  return device;
}

const PointReading& reading_of(const std::vector<PointReading>& readings, std::string_view name) {
  for (const auto& reading : readings) {
    if (reading.point->name == name) return reading;
  }
  FAIL("no point " << name);
  return readings.front();
}

}  // namespace

TEST_CASE("every embedded model reads, its points are quantities of the list and lie in its length") {
  CHECK(sunspec_models().models.size() >= 16);
  for (const auto& layout : sunspec_models().models) {
    CAPTURE(layout.id);
    CHECK_FALSE(layout.points.empty());
    for (const auto& known : layout.points) CHECK(profiles::find_quantity(known.point.name) != nullptr);
  }
}

TEST_CASE("a meter is found wherever its marker lies and its values carry their scale factors") {
  for (const std::uint16_t base : {std::uint16_t{40000}, std::uint16_t{0}, std::uint16_t{50000}, std::uint16_t{4096}}) {
    CAPTURE(base);
    auto reader = meter_at(base);
    const auto device = discover_sunspec(reader, 1);
    REQUIRE(device);
    CHECK(device->base == base);
    CHECK(device->manufacturer == "Fronius");
    CHECK(device->serial == "18480123");
    CHECK(device->profile.vendor == "Fronius");
    CHECK(device->profile.model == "Smart Meter 63A");
    const auto readings = read_device(reader, 1, device->profile);
    CHECK(*reading_of(readings, "current_sum").value == doctest::Approx(54.21));
    CHECK(*reading_of(readings, "voltage_l1_n").value == doctest::Approx(230.5));
    CHECK(*reading_of(readings, "power_active_total").value == 12340.0);
    CHECK(*reading_of(readings, "power_active_l1").value == -4110.0);
    CHECK(*reading_of(readings, "power_factor_total").value == doctest::Approx(-0.985));
    CHECK(*reading_of(readings, "energy_active_import_total").value == 0x12D687 * 3600.0);
  }
}

TEST_CASE("values and accumulators that are not implemented have none") {
  auto reader = meter_at(k_base);
  const auto device = discover_sunspec(reader, 1);
  REQUIRE(device);
  const auto readings = read_device(reader, 1, device->profile);
  CHECK(reading_of(readings, "voltage_l2_n").quality == PointQuality::invalid);  // 0x8000
  CHECK(reading_of(readings, "power_apparent_total").quality == PointQuality::invalid);
}

TEST_CASE("a scale factor that says not implemented takes its values with it until it says something") {
  auto reader = meter_at(k_base);
  reader.put(k_base + 70 + 22, {0x8000});
  const auto device = discover_sunspec(reader, 1);
  REQUIRE(device);
  CHECK(reading_of(read_device(reader, 1, device->profile), "power_active_total").quality == PointQuality::invalid);
  reader.put(k_base + 70 + 22, {0xFFFF});
  CHECK(*reading_of(read_device(reader, 1, device->profile), "power_active_total").value == doctest::Approx(123.4));
}

TEST_CASE("a scale factor outside -10 to 10 removes its points and is told") {
  auto reader = meter_at(k_base);
  reader.put(k_base + 70 + 22, {11});
  const auto device = discover_sunspec(reader, 1);
  REQUIRE(device);
  CHECK(device->profile.find("power_active_total") == nullptr);
  CHECK(device->profile.find("voltage_l1_n") != nullptr);
  REQUIRE(device->profile.quirks.size() == 1);
  CHECK(device->profile.quirks[0].find("is 11, outside -10 to 10") != std::string::npos);
}

TEST_CASE("scale factors are read for other points only") {
  auto reader = meter_at(k_base);
  const auto device = discover_sunspec(reader, 1);
  REQUIRE(device);
  std::size_t auxiliary = 0;
  for (const auto& point : device->profile.points) {
    CHECK(point.auxiliary == point.name.starts_with("scale_factor_"));
    if (point.auxiliary) ++auxiliary;
  }
  CHECK(auxiliary == 9);  // A V Hz W VA VAR PF Wh VAh
}

TEST_CASE("the same model a second time gives its points a suffix, in the device's order") {
  auto reader = meter_at(k_base);
  reader.put(k_base + 177, meter());
  reader.put(k_base + 177 + 18, {77});
  reader.put(k_base + 177 + 107, {0xFFFF, 0});
  const auto device = discover_sunspec(reader, 1);
  REQUIRE(device);
  CHECK(device->profile.find("power_active_total")->address == k_base + 70 + 18);
  REQUIRE(device->profile.find("power_active_total_2"));
  CHECK(device->profile.find("power_active_total_2")->address == k_base + 177 + 18);
  CHECK(*reading_of(read_device(reader, 1, device->profile), "power_active_total_2").value == 770.0);
}

TEST_CASE("a float meter needs no scale factors and its NaN is no value") {
  MapReader reader;
  put_common(reader, k_base, 65);  // both lengths of the common model are in use
  auto words = model(213, 124);
  words[28] = 0x4640;  // 12300.0f
  words[29] = 0xCC00 & 0x3000;
  words[26] = 0x7FC0;
  words[27] = 0x0000;
  words[68] = 0x4996;  // 1234567.9f
  words[69] = 0xB43F;
  reader.put(k_base + 69, words);
  reader.put(k_base + 69 + 126, {0xFFFF, 0});
  const auto device = discover_sunspec(reader, 1);
  REQUIRE(device);
  const auto readings = read_device(reader, 1, device->profile);
  CHECK(*reading_of(readings, "power_active_total").value == doctest::Approx(12288.0));
  CHECK(reading_of(readings, "frequency").quality == PointQuality::invalid);
  CHECK(*reading_of(readings, "energy_active_import_total").value == doctest::Approx(1234567.875 * 3600));
}

TEST_CASE("models that nobody knows are passed over") {
  MapReader reader;
  put_common(reader, k_base);
  reader.put(k_base + 70, model(64001, 300));
  reader.put(k_base + 70 + 302, meter());
  reader.put(k_base + 70 + 302 + 107, {0xFFFF, 0});
  const auto device = discover_sunspec(reader, 1);
  REQUIRE(device);
  CHECK(device->models.size() == 3);
  CHECK(device->profile.find("power_active_total")->address == k_base + 70 + 302 + 18);
}

TEST_CASE("a chain that ends badly keeps the models before that place") {
  SUBCASE("a length beyond the last register") {  // 40177 + 2 + 65000
    auto reader = meter_at(k_base);
    reader.put(k_base + 177, {203, 65000});
    const auto device = discover_sunspec(reader, 1);
    REQUIRE(device);
    CHECK(device->models.size() == 2);
  }
  SUBCASE("no length") {
    auto reader = meter_at(k_base);
    reader.put(k_base + 177, {203, 0});
    CHECK(discover_sunspec(reader, 1)->models.size() == 2);
  }
  SUBCASE("empty memory") {
    auto reader = meter_at(k_base);
    reader.put(k_base + 177, {0, 0});
    CHECK(discover_sunspec(reader, 1)->models.size() == 2);
  }
  SUBCASE("an exception where the end should be") {
    auto reader = meter_at(k_base);
    reader.refuse(k_base + 177);
    CHECK(discover_sunspec(reader, 1)->models.size() == 2);
  }
}

TEST_CASE("a model shorter than ours gives the points it has and none of its neighbour's") {
  MapReader reader;
  put_common(reader, k_base);
  auto words = meter();
  words.resize(32);
  words[1] = 30;  // ends before the reactive power's factor at 32
  reader.put(k_base + 70, words);
  reader.put(k_base + 70 + 32, {0xFFFF, 0});
  const auto device = discover_sunspec(reader, 1);
  REQUIRE(device);
  CHECK(device->profile.find("power_active_total") != nullptr);
  CHECK(device->profile.find("power_reactive_total") == nullptr);
  CHECK(device->profile.find("energy_active_import_total") == nullptr);
}

TEST_CASE("a chain of a hundred models ends after 64") {
  MapReader reader;
  reader.put(k_base, {0x5375, 0x6E53});
  for (std::uint16_t i = 0; i < 100; ++i) {
    reader.put(static_cast<std::uint16_t>(k_first + i * 3), {64000, 1, 0});
  }
  const auto models = walk_sunspec(reader, 1, k_base);
  REQUIRE(models);
  CHECK(models->size() == 64);
}

TEST_CASE("a device without marker and one that measures nothing say so") {
  MapReader empty;
  const auto none = discover_sunspec(empty, 1);
  REQUIRE_FALSE(none);
  CHECK(none.error().failure == PollFailure::none);
  CHECK(none.error().message.find("no SunSpec marker") != std::string::npos);

  MapReader dumb;
  put_common(dumb, k_base);
  dumb.put(k_base + 70, {0xFFFF, 0});
  const auto nothing = discover_sunspec(dumb, 1);
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().message.find("it has 1)") != std::string::npos);
}

TEST_CASE("a device that falls silent at any request gives no half profile") {
  auto whole = meter_at(k_base);
  REQUIRE(discover_sunspec(whole, 1));
  const std::size_t requests = whole.asked.size();
  CHECK(requests < 30);
  std::size_t complete = 0;
  for (std::size_t answered = 0; answered < requests; ++answered) {
    CAPTURE(answered);
    auto reader = meter_at(k_base);
    reader.silent_after = answered;
    const auto device = discover_sunspec(reader, 1);
    if (!device) {
      CHECK(device.error().failure == PollFailure::timeout);
      continue;
    }
    ++complete;  // only its name was lost
    CHECK(device->profile.find("energy_active_import_total") != nullptr);
    CHECK(device->profile.find("frequency") != nullptr);
  }
  CHECK(complete <= 4);
}

TEST_CASE("the profile of a device that was never reached has points but no register to read") {
  const auto profile = unreached_sunspec();
  REQUIRE(profile.find("power_active_total"));
  REQUIRE(profile.find("energy_active_import_total"));
  MapReader reader;
  for (const auto& reading : read_device(reader, 1, profile)) CHECK_FALSE(reading.value);
  CHECK(reader.asked.empty());
}
