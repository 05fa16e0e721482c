#include "tests/unit/plan/site.h"

using namespace std::chrono_literals;
using site::devices;
using site::has;
using site::meter;
using site::plan;
using site::refusal;
using site::warnings;

TEST_CASE("a small site becomes a plan with dense ids, points and registers") {
  const auto p = plan(R"(
[facility]
name = "太原-1"
design_it_power = "1200 kW"
[defaults]
interval = "2s"
[bus.board]
url = "tcp://10.1.0.20"
[bus.line]
url = "rtu:///dev/ttyUSB0?baud=19200&parity=E"
rs485 = true
[device.utility]
bus = "board"
profile = "meter"
unit = 3
[device.utility.intervals]
counter = "15s"
power_active = "1s"
[device."不间断电源"]
bus = "line"
profile = "ups"
interval = "5s"
[[meter]]
name = "utility"
device = "utility"
role = "grid"
[[meter]]
name = "ups"
device = "不间断电源"
point = "output_power_active_total"
role = "it.ups"
upstream = "utility"
zone = "一号厅"
ct_ratio = "400/5"
share = 0.5
)");
  CHECK(p.facility.name == "太原-1");
  CHECK(p.facility.design_it_power->value() == 1.2e6);
  REQUIRE(p.buses.size() == 2);
  CHECK(std::get<pue::plan::TcpAddress>(p.buses[0].address).port == 502);
  const auto& line = std::get<pue::plan::SerialLine>(p.buses[1].address);
  CHECK(line.baud == 19200);
  CHECK(line.parity == 'E');
  CHECK(line.rs485);
  REQUIRE(p.devices.size() == 2);
  CHECK(p.devices[0].unit == 3);
  CHECK(p.devices[1].bus == 1);
  CHECK(p.buses[1].devices == std::vector<pue::DeviceId>{1});
  // The text "model" carries no number.
  CHECK(p.devices[0].points.size() == 7);
  for (const auto& point : p.points) {
    CAPTURE(point.name);
    CHECK(&p.points[point.id] == &point);
    const auto expected = point.device == 1                                ? 5s
                          : point.source->kind == site::PointKind::counter ? 15s
                          : point.name.starts_with("power_active")         ? 1s
                                                                           : 2s;
    CHECK(point.interval == expected);
    CHECK(point.stale_after == 3 * expected);
  }
  REQUIRE(p.meters.size() == 2);
  CHECK(p.points[p.meters[0].energy.value()].name == "energy_active_import_total");
  CHECK(p.points[p.meters[1].energy.value()].name == "energy_output_total");
  CHECK(p.meters[1].upstream == 0);
  CHECK(p.meters[1].factor() == doctest::Approx(40.0));
  CHECK(p.zones == std::vector<std::string>{"一号厅"});
  CHECK(p.method == pue::plan::TotalMethod::entrance);
  CHECK(p.total == std::vector<pue::plan::MeterId>{0});
  CHECK(p.it[0] == std::vector<pue::plan::MeterId>{1});
}

TEST_CASE("a zone that the tz database lacks is refused with the one that was meant") {
  const auto problems = refusal(R"(
[facility]
timezone = "Asia/Shanghi"
)");
  CHECK(has(problems, "facility.timezone"));
  CHECK(has(problems, "Asia/Shanghai"));
}

TEST_CASE("what a circuit can carry bounds its meter's register") {
  const auto p = plan(devices(2) + meter("a", "grid", "max_power = \"2 MW\"\n") + meter("b", "it.ups"));
  CHECK(p.meters[0].max_power->value() == 2e6);
}

TEST_CASE("the energy register follows the point, and a sum of points has none") {
  const auto p = plan(devices(1) + devices(0) + "device.s = { url = \"tcp://10.0.0.2\", profile = \"sum\" }\n" +
                      "device.l = { url = \"tcp://10.0.0.3\", profile = \"meter\" }\n" +
                      "device.n = { url = \"tcp://10.0.0.4\", profile = \"meter\" }\n" + meter("a", "grid") +
                      meter("s", "it.ups") + meter("l", "monitor", "point = \"power_active_l1\"") +
                      "[[meter]]\nname = \"l23\"\ndevice = \"l\"\nrole = \"monitor\"\n"
                      "point = [\"power_active_l2\", \"power_active_l3\"]\n" +
                      meter("n", "monitor", "energy_point = \"none\""));
  const auto energy = [&](std::size_t i) {
    return p.meters[i].energy ? p.points[*p.meters[i].energy].name : std::string_view{};
  };
  CHECK(energy(0) == "energy_active_import_total");
  CHECK(energy(1) == "energy_active_total");
  CHECK(energy(2) == "energy_active_import_l1");
  CHECK(energy(3).empty());
  CHECK(p.meters[3].power.size() == 2);
  CHECK(energy(4).empty());
}

TEST_CASE("fuel counts with the energy of its volume and purchased cold with its conversion") {
  const std::string site = devices(2) + "device.d = { url = \"tcp://10.0.0.2\", profile = \"flow\" }\n" +
                           "device.g = { url = \"tcp://10.0.0.3\", profile = \"flow\" }\n" +
                           "device.c = { url = \"tcp://10.0.0.4\", profile = \"heat\" }\n" + meter("a", "grid") +
                           meter("b", "it.ups");
  const auto p = plan(site + meter("d", "fuel.diesel") + meter("g", "fuel.gas", "conversion = \"36 MJ/m3\"") +
                      meter("c", "cold.purchased", "conversion = 0.31"));
  // 9.9 kWh/L is 35.64 GJ/m3 (EN 50600-4).
  CHECK(p.meters[2].conversion == doctest::Approx(35.64e9));
  CHECK(p.points[p.meters[2].energy.value()].name == "volume_total");
  CHECK(p.meters[3].conversion == doctest::Approx(36e6));
  CHECK(p.meters[4].conversion == 0.31);
  CHECK_FALSE(p.meters[4].energy.has_value());
  CHECK(plan(site + meter("g", "fuel.gas")).meters[2].conversion == doctest::Approx(37.8e6));
  CHECK(has(refusal(site + meter("c", "cold.purchased")), "meter.c.conversion: missing"));
  CHECK(has(refusal(site + meter("c", "heat.reused", "conversion = 0.3")), "belongs to fuel.diesel"));
}

TEST_CASE("a profile without the point that a meter needs is told with what it offers") {
  const std::string rest = meter("a", "it.ups") + meter("b", "grid");
  CHECK(has(refusal(devices(2, "ups") + rest), "write point = \"output_power_active_total\""));
  CHECK(has(refusal(devices(2, "phases") + rest),
            "write point = [\"power_active_l1\", \"power_active_l2\", \"power_active_l3\"]"));
  CHECK(has(refusal(devices(2, "weather") + rest), "the profile offers no power"));
  CHECK(has(refusal(devices(2) + meter("a", "it.ups", "point = \"power_activ_total\"") + meter("b", "grid")),
            "did you mean 'power_active_total'?"));
  CHECK(has(refusal(devices(2) + meter("a", "it.ups", "point = \"voltage_l1_n\"") + meter("b", "grid")),
            "role it.ups needs power (W)"));
}

TEST_CASE("two devices of one unit on one bus are refused with both places") {
  const auto text = refusal(
      "bus.x = { url = \"tcp://h\" }\n"
      "device.a = { bus = \"x\", unit = 7, profile = \"meter\" }\n"
      "device.b = { bus = \"x\", unit = 7, profile = \"meter\" }\n");
  CHECK(has(text, "site.toml:3:"));
  CHECK(has(text, "device.b.unit: unit 7 of bus 'x' belongs to device 'a' at site.toml:2"));
}

TEST_CASE("two buses of one address are refused with both places") {
  CHECK(has(refusal("bus.x = { url = \"tcp://Host:502\" }\nbus.y = { url = \"tcp://host\" }\n"),
            "bus.y.url: same address as bus 'x' at site.toml:1"));
  CHECK(has(refusal("bus.x = { url = \"rtu:///dev/ttyS0?baud=9600\" }\nbus.y = { url = \"rtu:///dev/ttyS0\" }\n"),
            "bus.y.url: same address as bus 'x' at site.toml:1"));
  CHECK(has(refusal("bus.x = { url = \"tcp://h\" }\ndevice.a = { url = \"tcp://h\", profile = \"meter\" }\n"),
            "write bus = \"x\" instead"));
}

TEST_CASE("devices with one url share a connection") {
  const auto p = plan(devices(3));
  CHECK(p.buses.size() == 1);
  CHECK(p.buses[0].devices.size() == 3);
}

TEST_CASE("names that lead nowhere are refused with the nearest") {
  CHECK(has(refusal("bus.boards = { url = \"tcp://h\" }\ndevice.a = { bus = \"board\", profile = \"meter\" }\n"),
            "device.a.bus: no bus 'board', did you mean 'boards'?"));
  CHECK(has(refusal(devices(1) + "[[meter]]\nname = \"m\"\ndevice = \"A1\"\nrole = \"grid\"\n"), "no device 'A1'"));
  CHECK(has(refusal(devices(1) + "[[meter]]\nname = \"m\"\nrole = \"grid\"\n"), "meter.m.device: missing"));
  CHECK(has(refusal(devices(1) + meter("a", "it.up")), "no role 'it.up', did you mean 'it.ups'?"));
  CHECK(has(refusal(devices(1) + meter("a", "grid", "upstream = \"b\"")), "no meter 'b'"));
  CHECK(
      has(refusal("device.a = { url = \"tcp://h\", profile = \"metre\" }\n"), "device.a.profile: no profile 'metre'"));
  CHECK(has(refusal("device.a = { url = \"tcp://h\" }\n"), "device.a.profile: missing"));
  CHECK(has(refusal("device.a = { url = \"tcp://h\", profile = \"meter\", points = [\"power_activ_total\"] }\n"),
            "did you mean 'power_active_total'?"));
  CHECK(has(refusal("device.a = { url = \"tcp://h\", profile = \"meter\", intervals = { voltag = \"5s\" } }\n"),
            "device.a.intervals.voltag: fits no point"));
}

TEST_CASE("protocol and bus must fit, a gateway is a warning") {
  CHECK(
      has(refusal("device.a = { url = \"rtu:///dev/ttyS0\", profile = \"tcp-only\" }\n"), "does not speak Modbus RTU"));
  CHECK(has(warnings("device.a = { url = \"tcp://h\", profile = \"slow\" }\n"), "behind a gateway only"));
  CHECK(
      has(refusal("device.a = { url = \"rtu:///dev/ttyS0\", unit = 0, profile = \"meter\" }\n"), "expected 1 to 247"));
  CHECK(has(refusal("bus.x = { url = \"tcp://h\", echo = true }\n"), "belong to serial lines"));
}

TEST_CASE("a line takes the serial settings and a device the time-out that its profile knows") {
  const auto p = plan("device.a = { url = \"rtu:///dev/ttyS0\", profile = \"slow\" }\n");
  const auto& line = std::get<pue::plan::SerialLine>(p.buses[0].address);
  CHECK(line.baud == 19200);
  CHECK(line.parity == 'E');
  CHECK(p.devices[0].timeout == 1200ms);
}

TEST_CASE("points restricts what is polled") {
  const auto p = plan("device.a = { url = \"tcp://h\", profile = \"meter\", points = [\"power_active_l1\"] }\n");
  REQUIRE(p.points.size() == 1);
  CHECK(p.points[0].name == "power_active_l1");
  CHECK(has(refusal("device.a = { url = \"tcp://h\", profile = \"meter\", points = [\"power_active_l1\"] }\n" +
                    meter("a", "grid")),
            "does not poll 'power_active_total'"));
}

TEST_CASE("more series than allowed are refused with their number") {
  const auto text = refusal(devices(20) + "[engine]\nmax_series = 200\n");
  CHECK(has(text, "engine.max_series: about "));
  CHECK(has(text, "(140 points of 20 devices), allowed are 200"));
}

TEST_CASE("stale_after is three intervals, or as many as set, or one time for all") {
  CHECK(plan("engine.stale_intervals = 5\n" + devices(1)).points[0].stale_after == 5s);
  CHECK(plan("engine.stale_after = \"7s\"\n" + devices(1)).points[0].stale_after == 7s);
}
