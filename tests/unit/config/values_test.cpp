#include <doctest/doctest.h>

#include "config/nearest.h"
#include "config/quantities.h"
#include "config/url.h"

using namespace std::chrono_literals;
using namespace pue::config;

TEST_CASE("durations carry their unit") {
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("1s") == 1s);
  CHECK(parse_duration("1.5 s") == 1500ms);
  CHECK(parse_duration("15m") == 15min);
  CHECK(parse_duration("15min") == 15min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("2d") == 48h);
  for (const auto* const wrong :
       {"", "1", "s", "1 sec", "-1s", "1e400s", "nan s", "inf s", "1s 2s", "99999d", "0x1s"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_duration(wrong).has_value());
  }
  CHECK(describe(pue::Duration{90s}) == "90s");
  CHECK(describe(pue::Duration{15min}) == "15m");
  CHECK(describe(pue::Duration{0s}) == "0s");
}

TEST_CASE("powers, fuels, emission factors and transformer ratios carry theirs") {
  CHECK(parse_power("1200 kW")->value() == 1.2e6);
  CHECK(parse_power("1.2MW")->value() == doctest::Approx(1.2e6));
  CHECK_FALSE(parse_power("1200").has_value());
  CHECK_FALSE(parse_power("1200 kWh").has_value());
  CHECK(parse_energy_density("9.9 kWh/L").value() == doctest::Approx(35.64e9));
  CHECK(parse_energy_density("10.5 kWh/m3").value() == doctest::Approx(37.8e6));
  CHECK(parse_emission_factor("0.7096 kg/kWh")->value() == doctest::Approx(709.6 / 3.6e6));
  CHECK(parse_emission_factor("0.7096 t/MWh")->value() == doctest::Approx(709.6 / 3.6e6));
  CHECK(parse_ratio("400/5").value() == 80.0);
  CHECK_FALSE(parse_ratio("400/0").has_value());
  CHECK_FALSE(parse_ratio("-400/5").has_value());
  CHECK_FALSE(parse_ratio("400:5").has_value());
}

TEST_CASE("addresses of buses are read") {
  const auto tcp = parse_url("tcp://10.1.0.20");
  REQUIRE(tcp.has_value());
  CHECK(std::get<TcpUrl>(tcp->address).port == 502);
  CHECK(std::get<TcpUrl>(parse_url("tcp://[fe80::1%eth0]:1502/7")->address).host == "fe80::1%eth0");
  CHECK(parse_url("tcp://host:1502/7")->unit == 7);
  const auto rtu = parse_url("rtu:///dev/ttyUSB0?baud=19200&parity=E&stop=2/17");
  REQUIRE(rtu.has_value());
  const auto& line = std::get<SerialUrl>(rtu->address);
  CHECK(line.path == "/dev/ttyUSB0");
  CHECK(line.baud == 19200);
  CHECK(line.parity == 'E');
  CHECK(line.stop_bits == 2);
  CHECK(rtu->unit == 17);
  CHECK_FALSE(std::get<SerialUrl>(parse_url("rtu:///dev/ttyS1")->address).baud.has_value());
  CHECK(std::get<SerialUrl>(parse_url("rtu:///dev/pts/3")->address).path == "/dev/pts/3");
  CHECK(parse_url("rtu:///dev/pts/3/9")->unit == 9);
  CHECK(std::get<IpmiUrl>(parse_url("ipmi://10.2.0.17")->address).port == 623);
}

TEST_CASE("nonsense in an address is refused") {
  for (const auto* const wrong :
       {"", "tcp://", "tcp://:502", "tcp://h:0", "tcp://h:65536", "tcp://h:x", "tcp://[::1", "tcp://h/256", "tcp://h/x",
        "tcp://a b", "udp://h", "rtu://dev/ttyS0", "rtu:///dev/ttyS0?baud=0", "rtu:///dev/ttyS0?baud=9999999",
        "rtu:///dev/ttyS0?parity=X", "rtu:///dev/ttyS0?stop=3", "rtu:///dev/ttyS0?speed=9600", "rtu:///dev/",
        "ipmi://h/3"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_url(wrong).has_value());
  }
}

TEST_CASE("addresses to listen on are told from others") {
  for (const auto* const right : {"127.0.0.1:10442", "[::1]:10442", ":10442", "localhost:0"}) {
    CHECK(is_listen_address(right));
  }
  for (const auto* const wrong : {"", "10442", "127.0.0.1", "[::1]", "::1:1:", "h:70000", "http://h:1"}) {
    CAPTURE(wrong);
    CHECK_FALSE(is_listen_address(wrong));
  }
}

TEST_CASE("the nearest name is the one of fewest changes, and none when all are far") {
  const std::vector<std::string> keys{"interval", "timeout", "unit", "url"};
  CHECK(nearest("intervall", keys) == "interval");
  CHECK(nearest("time_out", keys) == "timeout");
  CHECK(nearest("unti", keys) == "unit");
  CHECK_FALSE(nearest("frobnicate", keys).has_value());
  CHECK_FALSE(nearest("", keys).has_value());
}
