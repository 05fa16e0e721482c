#include "agent/pipeline/serial_text.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace pue;

TEST_CASE("a serial number's fingerprint is FNV-1a folded to 52 bits, and exact in a double") {
  // FNV-1a of "a" is af63dc4c8601ec8c (test vector of its authors); its upper 12 bits are folded into the lower ones
  CHECK(serial_fingerprint("a") == static_cast<double>(0x3dc4c8601ec8cULL ^ 0xaf6ULL));
  CHECK(serial_fingerprint("A17") != serial_fingerprint("A18"));
}

TEST_CASE("a serial number is kept to 32 bytes and never ends within a character") {
  SerialText text;
  CHECK(text.read().empty());
  text.tell("A17");
  CHECK(text.read() == "A17");
  text.tell("12345678901234567890123456789012345");
  CHECK(text.read() == "12345678901234567890123456789012");
  const std::string wide = "1234567890123456789012345678901\xE7\x94\xB5";
  CHECK(SerialText::kept(wide) == "1234567890123456789012345678901");
  text.tell(wide);
  CHECK(text.read() == "1234567890123456789012345678901");
}

TEST_CASE("who compares the fingerprint never takes a mixture of two serial numbers for one") {
  SerialText text;
  const std::string one(32, 'a');
  const std::string other(32, 'b');
  text.tell(one);
  std::atomic<bool> stop{false};
  std::thread writer{[&] {
    for (int i = 0; !stop.load(); ++i) text.tell(i % 2 == 0 ? one : other);
  }};
  for (int i = 0; i < 100'000; ++i) {
    const std::string seen = text.read();
    const double fingerprint = serial_fingerprint(seen);
    if (fingerprint == serial_fingerprint(one)) REQUIRE(seen == one);
    if (fingerprint == serial_fingerprint(other)) REQUIRE(seen == other);
  }
  stop.store(true);
  writer.join();
}
