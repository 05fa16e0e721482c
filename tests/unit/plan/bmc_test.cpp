#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "agent/plan/series_budget.h"
#include "tests/unit/plan/site.h"

using namespace site;
using namespace std::chrono_literals;
using pue::plan::BmcAddress;
using pue::plan::Privilege;

namespace {

/// A password file for the test, under the name "p" in a configuration.
class Passwords {
 public:
  explicit Passwords(const std::string& password = "tell-nobody")
      : folder_(std::filesystem::temp_directory_path() / ("pue-plan-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    write("p", password);
  }
  ~Passwords() { std::filesystem::remove_all(folder_); }
  Passwords(const Passwords&) = delete;
  Passwords& operator=(const Passwords&) = delete;

  void write(const std::string& name, const std::string& text) const {
    std::ofstream{folder_ / name} << text << '\n';
    ::chmod((folder_ / name).c_str(), 0600);
  }
  /// A device of the configuration, with the folder's path in place of @.
  [[nodiscard]] std::string with_paths(std::string text) const {
    for (auto at = text.find('@'); at != std::string::npos; at = text.find('@')) {
      text.replace(at, 1, folder_.string() + "/");
    }
    return text;
  }

 private:
  std::filesystem::path folder_;
};

std::string text_of(const pue::Secret& secret) { return {secret.bytes().begin(), secret.bytes().end()}; }

const std::string k_login = "username = \"m\"\npassword_file = \"@p\"\n";
const std::string k_grid = devices(1) + meter("a", "grid");

}  // namespace

TEST_CASE("a BMC is a bus of its own, with its login and times") {
  const Passwords passwords;
  passwords.write("k", "0x0102");
  const auto p = plan(passwords.with_paths("[device.n]\nurl = \"ipmi://10.2.0.17:6230\"\n" + k_login +
                                           "kg_file = \"@k\"\nprivilege = \"operator\"\ncipher_suites = [17, 3]\n"
                                           "[defaults]\ninterval = \"100ms\"\ntimeout = \"50ms\"\n"));
  REQUIRE(p.buses.size() == 1);
  const auto& bmc = std::get<BmcAddress>(p.buses[0].address);
  CHECK(bmc.host == "10.2.0.17");
  CHECK(bmc.port == 6230);
  CHECK(bmc.username == "m");
  CHECK(text_of(*bmc.password) == "tell-nobody");
  CHECK(text_of(*bmc.kg) == "\x01\x02");
  CHECK(bmc.privilege == Privilege::operator_);
  CHECK(bmc.suites == std::vector<std::uint8_t>{17, 3});
  CHECK(p.devices[0].interval == 10s);
  CHECK(p.devices[0].timeout == 2s);
  CHECK(p.devices[0].profile->id == "ipmi-bmc");
  REQUIRE(p.points.size() == 2);
  CHECK(p.points[0].name == "power_active_total");
  CHECK(p.points[0].stale_after == 30s);
  CHECK(p.points[1].name == "air_temperature_inlet");
}

TEST_CASE("the machine's own BMC needs a path and nothing else") {
  const auto p = plan("[device.n]\nurl = \"ipmi-local:///dev/ipmi0\"\n");
  CHECK(std::get<pue::plan::LocalBmc>(p.buses[0].address).path == "/dev/ipmi0");
  CHECK(has(refusal("[device.n]\nurl = \"ipmi-local:///dev/ipmi0\"\nusername = \"m\"\n"), "needs no login"));
}

TEST_CASE("the quirks of a BMC are those that are named, and an unknown one names the nearest") {
  const Passwords passwords;
  const auto text = "[device.n]\nurl = \"ipmi://h\"\n" + k_login;
  const auto p = plan(passwords.with_paths(text + "quirks = [\"role-without-lookup\", \"any-checksum\"]\n"));
  const auto& quirks = std::get<BmcAddress>(p.buses[0].address).quirks;
  CHECK(quirks.role_without_lookup);
  CHECK(quirks.any_checksum);
  CHECK_FALSE(quirks.open_session_privilege);
  CHECK_FALSE(quirks.integrity_with_sik);
  CHECK(has(refusal(passwords.with_paths(text + "quirks = [\"any-checksun\"]\n")),
            "device.n.quirks: no quirk 'any-checksun', did you mean 'any-checksum'?"));
}

TEST_CASE("a fleet's quirks are those of each of its BMCs, and a wrong one is said once") {
  const Passwords passwords;
  const auto text = "[fleet.web]\nurl = \"ipmi://10.2.0.{1-3}\"\n" + k_login;
  const auto p = plan(passwords.with_paths(text + "quirks = [\"integrity-with-sik\"]\n"));
  REQUIRE(p.buses.size() == 3);
  for (const auto& bus : p.buses) CHECK(std::get<BmcAddress>(bus.address).quirks.integrity_with_sik);
  const auto refused = refusal(passwords.with_paths(text + "quirks = [\"sik\"]\n"));
  CHECK(has(refused, "fleet.web.quirks: no quirk 'sik'"));
  CHECK(refused.find("no quirk") == refused.rfind("no quirk"));
}

TEST_CASE("quirks belong to BMCs on the network") {
  CHECK(has(refusal("[device.n]\nurl = \"tcp://h\"\nprofile = \"meter\"\nquirks = [\"any-checksum\"]\n"),
            "belong to ipmi://"));
  CHECK(has(refusal("[device.n]\nurl = \"ipmi-local:///dev/ipmi0\"\nquirks = [\"any-checksum\"]\n"), "needs no login"));
}

TEST_CASE("supplies and fans are polled where they are named") {
  const Passwords passwords;
  const auto p = plan(passwords.with_paths("[device.n]\nurl = \"ipmi://h\"\n" + k_login +
                                           "points = [\"psu_2_power_input\", \"fan_speed_16\"]\n"));
  REQUIRE(p.points.size() == 2);
  CHECK(p.points[0].name == "psu_2_power_input");
  CHECK(p.points[1].name == "fan_speed_16");
}

TEST_CASE("a meter of a BMC integrates its power") {
  const Passwords passwords;
  const auto p =
      plan(passwords.with_paths(k_grid + "[device.n]\nurl = \"ipmi://h\"\n" + k_login) + meter("n", "it.rack"));
  REQUIRE(p.meters[1].power.size() == 1);
  CHECK(p.points[p.meters[1].power[0]].name == "power_active_total");
  CHECK_FALSE(p.meters[1].energy.has_value());
}

TEST_CASE("a login without user or password, or one that no BMC takes, is refused and not repeated") {
  const Passwords passwords{"tell-nobody-of-21-byt"};
  const auto refused = [&](const std::string& keys) {
    const auto text = refusal(passwords.with_paths("[device.n]\nurl = \"ipmi://h\"\n" + keys));
    CHECK(text.find("tell-nobody") == std::string::npos);
    return text;
  };
  CHECK(has(refused(k_login), "a BMC's password has at most 20 bytes, the file holds 21"));
  CHECK(has(refused("password_file = \"@p\"\n"), "device.n.username: missing"));
  CHECK(has(refused("username = \"m\"\n"), "a password never stands in the configuration"));
  passwords.write("p", "good");
  passwords.write("k", "0x" + std::string(42, '0'));
  CHECK(has(refused(k_login + "kg_file = \"@k\"\n"), "the key K_g has at most 20 bytes, the file holds 21"));
  CHECK(has(refused(k_login + "unit = 2\n"), "a BMC has no units"));
  CHECK(has(refused(k_login + "profile = \"meter\"\n"), "a BMC has the profile 'ipmi-bmc'"));
  CHECK(has(refused(k_login + "interval = \"500ms\"\n"), "expected at least 1s"));
  CHECK(has(refused(k_login + "points = [\"psu_5_power_input\"]\n"), "has no point 'psu_5_power_input'"));
}

TEST_CASE("BMC and Modbus do not mix on one bus or device") {
  CHECK(has(refusal("[bus.b]\nurl = \"ipmi://h\"\n"), "a BMC is no bus of several devices"));
  CHECK(has(refusal("[device.n]\nurl = \"tcp://h\"\nprofile = \"meter\"\nusername = \"m\"\n"), "belong to ipmi://"));
}

TEST_CASE("a fleet shares one password and is a device and a meter for each host") {
  const Passwords passwords;
  const auto p = plan(passwords.with_paths(k_grid + "[fleet.web]\nurl = \"ipmi://10.2.0.{1-3}\"\n" + k_login +
                                           "role = \"it.rack\"\nservice = \"compute\"\nzone = \"z\"\n"));
  REQUIRE(p.devices.size() == 4);
  REQUIRE(p.meters.size() == 4);
  const auto password = std::get<BmcAddress>(p.buses[p.devices[1].bus].address).password;
  for (std::size_t i = 1; i < 4; ++i) {
    CHECK(p.devices[i].name == "web-10.2.0." + std::to_string(i));
    CHECK(p.devices[i].placement->service == "compute");
    CHECK(p.fleets.at(p.devices[i].placement->fleet) == "web");
    CHECK(std::get<BmcAddress>(p.buses[p.devices[i].bus].address).password == password);
    CHECK(p.meters[i].name == p.devices[i].name);
    CHECK(p.meters[i].device == i);
    CHECK(p.meters[i].service == "compute");
  }
  CHECK(p.it[2].size() == 3);
  CHECK(p.zones == std::vector<std::string>{"z"});
}

TEST_CASE("what is wrong with all of a fleet is said once") {
  const Passwords passwords;
  const auto lines_of = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  const auto fleet = k_grid + "[fleet.web]\nurl = \"ipmi://10.2.0.{1-200}\"\nusername = \"m\"\n";
  for (const std::string keys : {"password_file = \"@none\"\n", "password_file = \"@p\"\npoints = [\"x\"]\n",
                                 "password_file = \"@p\"\nrole = \"it.racks\"\n",
                                 "password_file = \"@p\"\nrole = \"it.rack\"\nupstream = \"b\"\n",
                                 "password_file = \"@p\"\nrole = \"grid\"\nupstream = \"a\"\n"}) {
    CAPTURE(keys);
    const auto text = refusal(passwords.with_paths(fleet + keys));
    CHECK(has(text, "fleet.web."));
    CHECK(lines_of(text) <= 2);
  }
}

TEST_CASE("five thousand BMCs with meters are a plan within a second, and their series are counted") {
  const Passwords passwords;
  const auto begin = std::chrono::steady_clock::now();
  const auto p = plan(passwords.with_paths("engine.max_series = 100000\n" + k_grid +
                                           "[fleet.web]\nurl = \"ipmi://10.2.{0-19}.{1-250}\"\n" + k_login +
                                           "role = \"it.rack\"\n"));
  const auto took = std::chrono::steady_clock::now() - begin;
  INFO("took " << std::chrono::duration<double>(took).count() << " s");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(took < 1s);
#endif
  CHECK(p.devices.size() == 5001);
  const auto budget = series_budget(p);
  CHECK(budget.devices == 9 + 5000 * 11);
  CHECK(budget.meters == 5 * 5001);
}
