#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "config/load.h"
#include "tests/unit/config/folder.h"

using namespace pue::config;
using namespace std::chrono_literals;

namespace {

Settings settings(const std::string& text, const std::string& file = "pue.toml") {
  auto result = load_text(text, file);
  if (!result) {
    std::string lines;
    for (const auto& problem : result.error()) lines += describe(problem) + "\n";
    FAIL(lines);
    return {};
  }
  return std::move(*result);
}

std::string refusal(const std::string& text, const std::string& file = "pue.toml") {
  const auto result = load_text(text, file);
  REQUIRE_FALSE(result.has_value());
  std::string lines;
  for (const auto& problem : result.error()) lines += describe(problem) + "\n";
  return lines;
}

bool has(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos) return true;
  MESSAGE("'" << part << "' is not in:\n" << text);
  return false;
}

const std::string k_login = "username = \"m\"\npassword_file = \"p\"\n";

}  // namespace

TEST_CASE("a fleet of a host range is a device for each host, all alike") {
  const auto s = settings("[fleet.web]\nurl = \"ipmi://10.2.{0-1}.{1-2}:6230\"\n" + k_login +
                          "interval = \"20s\"\ntimeout = \"3s\"\npoints = [\"power_active_total\"]\n"
                          "[device.first]\nurl = \"tcp://h\"\n");
  REQUIRE(s.devices.size() == 5);
  CHECK(s.devices[0].name == "first");
  CHECK(s.devices[1].name == "web-10.2.0.1:6230");
  CHECK(s.devices[4].name == "web-10.2.1.2:6230");
  for (std::size_t i = 1; i < 5; ++i) {
    CHECK(s.devices[i].login.username.value == "m");
    CHECK(s.devices[i].interval == 20s);
    CHECK(s.devices[i].timeout == 3s);
    CHECK(s.devices[i].points.size() == 1);
    CHECK(s.devices[i].member->fleet == 0);
    CHECK(std::get<IpmiUrl>(s.devices[i].url->address).port == 6230);
  }
  CHECK(s.meters.empty());
  CHECK(key_of(s, s.devices[0]) == "device.first");
  CHECK(key_of(s, s.devices[1]) == "fleet.web");
}

TEST_CASE("a fleet with a role is a meter for each host") {
  const auto s = settings("[fleet.node]\nurl = \"ipmi://node-{08-10}.bmc.example\"\n" + k_login +
                          "role = \"it.rack\"\nzone = \"hall-1\"\nservice = \"compute\"\nupstream = \"ups-a\"\n");
  REQUIRE(s.meters.size() == 3);
  CHECK(s.devices[2].name == "node-node-10.bmc.example");
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(s.meters[i].name.value == s.devices[i].name);
    CHECK(s.meters[i].device.value == s.devices[i].name);
    CHECK(s.meters[i].role.value == "it.rack");
    CHECK(s.meters[i].zone.value == "hall-1");
    CHECK(s.meters[i].service.value == "compute");
    CHECK(s.meters[i].upstream.value == "ups-a");
    CHECK(s.devices[i].member->service == "compute");
  }
  CHECK(has(refusal("[fleet.a]\nurl = \"ipmi://h\"\nzone = \"z\"\nupstream = \"u\"\n"), "give the fleet a role"));
}

TEST_CASE("a fleet of a file takes names, racks and services from it") {
  const Folder folder;
  folder.write("bmcs.csv", "host,name,rack,service\n10.2.0.1,web-1,R1,storage\nfd00::17,,R2,\n[fd00::18]:6230,,,\n");
  const auto s =
      settings("[fleet.web]\nhosts_file = \"bmcs.csv\"\n" + k_login + "role = \"it.rack\"\nservice = \"compute\"\n",
               (folder.path() / "pue.toml").string());
  REQUIRE(s.devices.size() == 3);
  CHECK(s.devices[0].name == "web-1");
  CHECK(s.devices[0].member->rack == "R1");
  CHECK(s.devices[0].member->service == "storage");
  CHECK(s.meters[0].service.value == "storage");
  CHECK(s.devices[1].name == "web-fd00::17");
  CHECK(std::get<IpmiUrl>(s.devices[1].url->address).host == "fd00::17");
  CHECK(s.devices[1].member->service == "compute");
  CHECK(s.devices[2].name == "web-[fd00::18]:6230");
}

TEST_CASE("what is wrong with a host is told with the file and line that names it") {
  const Folder folder;
  const auto file = folder.write("bmcs.csv", "host,name\nh1,a\nh 2,b\n");
  const auto text = refusal("[fleet.web]\nhosts_file = \"bmcs.csv\"\n", (folder.path() / "pue.toml").string());
  CHECK(has(text, file + ":3:1: fleet.web: expected a host name or address, got 'h 2'"));
  CHECK(has(refusal("[fleet.web]\nhosts_file = \"none.csv\"\n"), "pue.toml:2:14: fleet.web.hosts_file: cannot read"));
  CHECK(has(refusal("[fleet.web]\nurl = \"ipmi://10.2.0.{1-300}!\"\n"), "pue.toml:2:7: fleet.web: expected a host"));
}

TEST_CASE("hosts and names that come twice are told with both places") {
  const Folder folder;
  const auto file = folder.write("bmcs.csv", "host,name\nh1,a\nH1,b\nh2,a\n");
  const auto config = (folder.path() / "pue.toml").string();
  const auto text = refusal("[fleet.web]\nhosts_file = \"bmcs.csv\"\n", config);
  CHECK(has(text, file + ":3:1: fleet.web: the BMC H1 is at " + file + ":2 already"));
  CHECK(has(text, file + ":4:1: fleet.web: a device 'a' is at " + file + ":2"));
  CHECK(has(refusal("[device.a]\nurl = \"ipmi://h1:623\"\n[fleet.w]\nurl = \"ipmi://h{0-2}\"\n"),
            "pue.toml:4:7: fleet.w: the BMC h1 is at pue.toml:2 already"));
  CHECK(has(refusal("[device.w-h1]\nurl = \"tcp://h\"\n[fleet.w]\nurl = \"ipmi://h{0-2}\"\n"),
            "pue.toml:4:7: fleet.w: a device 'w-h1' is at pue.toml:1"));
  CHECK(has(refusal("[device.a]\nurl = \"ipmi://h\"\n[device.b]\nurl = \"ipmi://H\"\n"),
            "device.b.url: the BMC H is at pue.toml:2 already"));
}

TEST_CASE("a fleet is bounded, and so are all of them together") {
  CHECK(settings("[fleet.a]\nurl = \"ipmi://10.{0-39}.{1-250}.1\"\n").devices.size() == 10'000);
  CHECK(
      has(refusal("[fleet.a]\nurl = \"ipmi://10.{0-40}.{1-250}.1\"\n"), "pue.toml:2:7: fleet.a.url: more than 10000"));
  std::string many;
  for (int i = 0; i < 6; ++i) {
    many += "[fleet.f" + std::to_string(i) + "]\nurl = \"ipmi://10." + std::to_string(i) + ".{0-99}.{0-99}\"\n";
  }
  CHECK(has(refusal(many), "all fleets together have more than 50000 hosts"));
}

TEST_CASE("a fleet needs hosts from one place, and knows its keys") {
  CHECK(has(refusal("[fleet.a]\n" + k_login), "fleet.a.url: missing"));
  CHECK(has(refusal("[fleet.a]\nurl = \"ipmi://h\"\nhosts_file = \"x\"\n"), "either url or hosts_file"));
  CHECK(has(refusal("[fleet.a]\nurl = \"tcp://h\"\n"), "expected ipmi://host[:port] with ranges"));
  CHECK(has(refusal("[fleet.a]\nurl = \"ipmi://h\"\nuser = \"m\"\n"), "unknown key, did you mean 'username'?"));
  CHECK(has(refusal("[fleet.a]\nurl = \"ipmi://h\"\ncipher_suites = [0]\n"), "cipher suite 0 is refused"));
  CHECK(has(refusal("[fleet.a]\nurl = \"ipmi://h\"\ninterval = \"500ms\"\n"), "expected a duration of 1s to 1d"));
  CHECK(has(refusal("[fleet." + std::string(60, 'f') + "]\nurl = \"ipmi://host\"\n"), "at most 64 bytes"));
}

TEST_CASE("five thousand BMCs with meters load within half a second") {
  const auto begin = std::chrono::steady_clock::now();
  const auto s = settings("[fleet.a]\nurl = \"ipmi://10.2.{0-19}.{1-250}\"\n" + k_login + "role = \"it.rack\"\n");
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(s.meters.size() == 5000);
  INFO("took " << std::chrono::duration<double>(took).count() << " s");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(took < 500ms);
#endif
}
