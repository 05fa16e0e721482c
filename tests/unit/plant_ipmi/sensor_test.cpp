#include "plant/ipmi/sensor.h"

#include <doctest/doctest.h>

#include "plant/ipmi/vendor.h"

using namespace pue::plant::ipmi;

TEST_CASE("a record is that of table 43-1, byte by byte") {
  const Sensor sensor{.number = 0x11,
                      .name = "PS1 Input",
                      .measures = Measures::supply_input,
                      .instance = 1,
                      .m = 4,
                      .b = -5,
                      .exponent = -1,
                      .b_exponent = 2};
  const auto record = sensor.record(0x0203);
  REQUIRE(record.size() == 48 + 9);
  CHECK(little(record, 0, 2) == 0x0203);
  CHECK(record[2] == 0x51);
  CHECK(record[3] == 0x01);               // full sensor record
  CHECK(record[4] == record.size() - 5);  // what follows the header
  CHECK(record[5] == 0x20);               // owner
  CHECK(record[7] == 0x11);               // number
  CHECK(record[8] == 0x0A);               // power supply
  CHECK(record[12] == 0x08);              // type
  CHECK(record[13] == 0x01);              // threshold
  CHECK(record[21] == 6);                 // watts
  CHECK(record[23] == 0x00);              // linear
  CHECK(record[24] == 4);                 // M
  CHECK(record[26] == 0xFB);              // B, -5 in ten bits
  CHECK((record[27] & 0xC0U) == 0xC0U);
  CHECK(record[29] == 0xF2);          // k2 = -1, k1 = 2
  CHECK(record[47] == (0xC0U | 9U));  // 8-bit text of nine bytes
  CHECK(std::string(record.begin() + 48, record.end()) == "PS1 Input");
}

TEST_CASE("packed text is that of the example in the FRU specification, 13.2") {
  const Sensor sensor{.name = "IPMI", .coding = NameCoding::packed};
  const auto record = sensor.record(1);
  CHECK(record[47] == (0x80U | 3U));
  CHECK(Bytes{record.begin() + 48, record.end()} == Bytes{0x29, 0xDC, 0xA6});
}

TEST_CASE("a value outside a sensor's range is shown as its end") {
  const Sensor sensor{.m = 4};
  CHECK(sensor.raw_of(-10.0) == 0);
  CHECK(sensor.raw_of(402.0) == 101);
  CHECK(sensor.raw_of(5000.0) == 255);
}

TEST_CASE("every make has a name of its own, sensors with numbers of their own, and records that fit") {
  for (const auto& vendor : vendors()) {
    CAPTURE(vendor.name);
    CHECK(vendor_named(vendor.name) == &vendor);
    for (const auto& sensor : vendor.sensors) {
      int same = 0;
      for (const auto& other : vendor.sensors) same += other.number == sensor.number;
      CHECK(same == 1);
      CHECK(sensor.record(1).size() <= 64);
    }
  }
  CHECK(vendor_named("") == nullptr);
}
