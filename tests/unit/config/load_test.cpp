#include <doctest/doctest.h>

#include <string>

#include "config/load.h"

using namespace std::chrono_literals;
using pue::config::load_text;
using pue::config::Problem;
using pue::config::Settings;

namespace {

Settings settings(std::string_view text) {
  auto result = load_text(text, "pue.toml");
  if (!result) {
    std::string lines;
    for (const auto& problem : result.error()) lines += describe(problem) + "\n";
    FAIL(lines);
    return {};
  }
  return std::move(*result);
}

std::vector<Problem> problems(std::string_view text) {
  const auto result = load_text(text, "pue.toml");
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

std::string problem(std::string_view text) {
  const auto all = problems(text);
  REQUIRE(all.size() == 1);
  return describe(all.front());
}

}  // namespace

TEST_CASE("an empty file is a configuration with every default") {
  const auto s = settings("");
  CHECK(s.interval == 1s);
  CHECK(s.timeout == 500ms);
  CHECK(s.tick == 100ms);
  CHECK(s.max_series == 50000);
  CHECK(s.listen_addresses == std::vector<std::string>{"127.0.0.1:10442"});
}

TEST_CASE("Chinese names work as values and as quoted keys") {
  const auto s = settings("[facility]\nname = \"太原一号\"\n[device.\"电表-1\"]\nurl = \"tcp://h\"\n");
  CHECK(s.facility.name == "太原一号");
  CHECK(s.devices.at(0).name == "电表-1");
}

TEST_CASE("a problem names file, line, column, key, what was expected and the nearest key") {
  CHECK(problem("[defaults]\nintervall = \"1s\"\n") ==
        "pue.toml:2:1: defaults.intervall: unknown key, did you mean 'interval'?");
  CHECK(
      problem("[defaults]\n  interval = 5\n") ==
      "pue.toml:2:14: defaults.interval: expected a duration in quotes with its unit, e.g. \"500ms\", got an integer");
  CHECK(problem("[defaults]\ninterval = \"5\"\n") ==
        "pue.toml:2:12: defaults.interval: expected a duration with its unit (ms, s, m, h or d), e.g. \"500ms\", got "
        "\"5\"");
  CHECK(problem("[device.\"电表\"]\nurl = \"tcp://h\"\nunit = 300\n") ==
        "pue.toml:3:8: device.\"电表\".unit: expected an integer of 0 to 255, got 300");
  CHECK(problem("facilty.name = \"x\"\n").find("did you mean 'facility'?") != std::string::npos);
}

TEST_CASE("one run tells every problem, in the order of the file") {
  const auto all = problems(
      "[defaults]\ninterval = 1\ntimeout = true\n[bus.b]\n[device.d]\nunit = -1\n[[meter]]\nshare = 2\nrole = 3\n"
      "[web]\nmax_connections = 0\n");
  std::vector<std::string> keys;
  for (const auto& p : all) keys.push_back(p.key);
  CHECK(keys == std::vector<std::string>{"defaults.interval", "defaults.timeout", "bus.b.url", "device.d.bus",
                                         "device.d.unit", "meter.1.name", "meter.1.share", "meter.1.role",
                                         "web.max_connections"});
}

TEST_CASE("every number has bounds, and inf and nan lie outside them") {
  const char* const wrong[] = {
      "engine.tick = \"1ms\"",
      "engine.tick = \"11s\"",
      "engine.io_threads = 0",
      "engine.ring_capacity = 63",
      "engine.max_series = 10",
      "engine.stale_intervals = 0.5",
      "engine.stale_intervals = nan",
      "engine.stale_intervals = inf",
      "engine = { stale_intervals = 3, stale_after = \"3s\" }",
      "web.max_connections = 100000",
      "web.listen_addresses = \"10442\"",
      "web.listen_addresses = []",
      "defaults.interval = \"1ms\"",
      "defaults.timeout = \"2h\"",
      "facility.design_it_power = \"0 kW\"",
      "facility.design_it_power = 1200",
      "facility.timezone = \"../etc/passwd x\"",
      "facility.name = \"\"",
      "facility.name = \"a\\u0000b\"",
      "facility.name = \"a\\nb\"",
      "bus.b = { url = \"tcp://h\", max_in_flight = 0 }",
      "bus.b = { url = \"tcp://h\", probe_period = \"10ms\" }",
      "bus.b = { url = \"rtu:///dev/ttyS0\", late_window = \"0s\" }",
      "bus.b = { url = \"tcp://h/3\" }",
      "bus.b = 3",
      "bus.\" \" = { url = \"tcp://h\" }",
      "device.d = { bus = \"b\", url = \"tcp://h\" }",
      "device.d = { }",
      "device.d = { url = \"tcp://h\", allow_draft = \"yes\" }",
      "device.d = { url = \"tcp://h\", points = [1] }",
      "device.d = { url = \"tcp://h\", intervals = { voltage = 5 } }",
      "meter = 3",
      "meter = [1]",
      "meter = [{ name = \"m\", role = \"grid\", share = -0.1 }]",
      "meter = [{ name = \"m\", role = \"grid\", share = 1.1 }]",
      "meter = [{ name = \"m\", role = \"grid\", ct_ratio = 0 }]",
      "meter = [{ name = \"m\", role = \"grid\", ct_ratio = \"x\" }]",
      "meter = [{ name = \"m\", role = \"grid\", conversion = \"3 apples\" }]",
      "meter = [{ name = \"m\", role = \"grid\", calibrated_until = 3 }]",
      "meter = [{ role = \"grid\" }]",
      "meter = [{ name = \"m\" }]",
      "grid_factors.CN-SX = { factor = \"0.7 kg/kWh\", year = 1900, source = \"s\" }",
      "grid_factors.CN-SX = { factor = 0.7, year = 2022, source = \"s\" }",
      "grid_factors.CN-SX = { factor = \"0.7 kg/kWh\", year = 2022 }",
      "ledger = { path = \"l\", commit_interval = \"0s\" }",
      "ledger = { path = \"l\", commit_interval = \"61s\" }",
      "ledger = { path = \"l\", record_interval = \"5m\" }",
      "ledger = { path = \"l\", key_file = \"l\" }",
      "ledger = { commit_interval = \"10s\" }",
  };
  for (const auto* const text : wrong) {
    CAPTURE(text);
    const auto all = problems(text);
    CHECK(all.size() == 1);
    CHECK(all.front().at.given());
    CHECK_FALSE(all.front().key.empty());
  }
}

TEST_CASE("names have 1 to 64 bytes and no control characters") {
  CHECK(settings("facility.name = \"" + std::string(64, 'n') + "\"").facility.name.size() == 64);
  CHECK(problem("facility.name = \"" + std::string(65, 'n') + "\"").find("at most 64 bytes") != std::string::npos);
  CHECK_FALSE(load_text("bus.\"a\\u0085b\" = { url = \"tcp://h\" }", "f").has_value());
  CHECK_FALSE(load_text("bus.\"\" = { url = \"tcp://h\" }", "f").has_value());
}

TEST_CASE("devices, buses and meters come in the order of the file") {
  const auto s = settings(
      "[device.z]\nurl = \"tcp://h\"\n[device.a]\nurl = \"tcp://h\"\nunit = 2\n[bus.y]\nurl = \"tcp://i\"\n"
      "[bus.b]\nurl = \"tcp://j\"\n");
  CHECK(s.devices.at(0).name == "z");
  CHECK(s.devices.at(1).name == "a");
  CHECK(s.buses.at(0).name == "y");
}

TEST_CASE("ledger, IPMI and calibration keys are part of the schema") {
  const auto s = settings(
      "[ledger]\npath = \"/var/lib/pue-agent/ledger.db\"\nkey_file = \"k\"\ncommit_interval = \"10s\"\n"
      "record_interval = \"1m\"\n"
      "[device.n]\nurl = \"ipmi://10.2.0.17\"\nusername = \"monitor\"\npassword_file = \"bmc-password\"\n"
      "[[meter]]\nname = \"m\"\nrole = \"grid\"\nclass = \"0.5S\"\nct_class = \"0.5\"\ncalibrated_until = "
      "2027-06-30\n");
  CHECK(s.ledger.path == "/var/lib/pue-agent/ledger.db");
  CHECK(s.ledger.record_interval == 1min);
  CHECK(s.ledger.commit_interval == 10s);
  CHECK(s.devices.at(0).login.password_file.value == "bmc-password");
  CHECK(s.meters.at(0).calibrated_until == "2027-06-30");
}

TEST_CASE("settings know the SHA-256 of the text they were read from") {
  // printf 'facility.name = "x"' | sha256sum
  CHECK(settings("facility.name = \"x\"").sha256 == "cf0a4b8f1a255e1569812deb907d7b653608d81b1bf167550510b5ae51f43420");
}

TEST_CASE("relative directories count from the configuration's folder") {
  const auto result = load_text("profiles.directory = \"site\"", "/etc/pue-agent/pue-agent.toml");
  REQUIRE(result.has_value());
  CHECK(result->profile_directory == "/etc/pue-agent/site");
}

TEST_CASE("more problems than anybody reads are cut") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "key" + std::to_string(i) + " = 1\n";
  CHECK(problems(text).size() == 100);
}
