#include "collectors/modbus/target.h"

#include <doctest/doctest.h>

using namespace pue;
using namespace pue::modbus;

namespace {

void refuses(std::string_view text, std::string_view expected) {
  CAPTURE(text);
  const auto target = parse_target(text);
  REQUIRE_FALSE(target);
  CHECK_MESSAGE(target.error().find(expected) != std::string::npos, target.error());
}

}  // namespace

TEST_CASE("TCP targets have a host, the usual port and a unit") {
  const auto plain = parse_target("tcp://10.1.0.20/7");
  REQUIRE(plain);
  CHECK(std::get<config::TcpUrl>(plain->bus).host == "10.1.0.20");
  CHECK(std::get<config::TcpUrl>(plain->bus).port == 502);
  CHECK(plain->unit == 7);
  const auto six = parse_target("tcp://[fe80::1%eth0]:1502/255");
  REQUIRE(six);
  CHECK(std::get<config::TcpUrl>(six->bus).host == "fe80::1%eth0");
  CHECK(std::get<config::TcpUrl>(six->bus).port == 1502);
  CHECK(six->unit == 255);
  CHECK_FALSE(parse_target("tcp://meter.example")->unit);
}

TEST_CASE("serial targets carry the line's parameters and the unit behind them") {
  const auto target = parse_target("rtu:///dev/ttyUSB0?baud=19200&parity=E&stop=2/17");
  REQUIRE(target);
  const auto& line = std::get<config::SerialUrl>(target->bus);
  CHECK(line.path == "/dev/ttyUSB0");
  CHECK(line.baud == 19200U);
  CHECK(line.parity == 'E');
  CHECK(line.stop_bits == 2U);
  CHECK(target->unit == 17);
  CHECK_FALSE(std::get<config::SerialUrl>(parse_target("rtu:///dev/ttyS1/3")->bus).baud);
  CHECK(parse_target("rtu:///dev/ttyS1/3")->unit == 3);
}

TEST_CASE("a target that is none says what was expected") {
  refuses("10.1.0.20:502", "tcp://host");
  refuses("tcp://host:0/1", "port of 1 to 65535");
  refuses("tcp://host/300", "unit of 0 to 255");
  refuses("tcp://host/0", "broadcast");
  refuses("tcp://[::1/1", "']'");
  refuses("rtu:///dev/ttyUSB0?baud=9600/248", "1 to 247");
  refuses("rtu:///dev/ttyUSB0?speed=9600/1", "unknown parameter 'speed'");
  refuses("ipmi://10.0.0.1?user=a", "no Modbus device");
  refuses("ipmi-local:///dev/ipmi0", "no Modbus device");
}
