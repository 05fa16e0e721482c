#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/commands/command.h"

namespace {

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

/// Runs `pue-agent check` in this process.
Outcome check(const std::string& file, const std::string& options = "") {
  std::ostringstream out;
  std::ostringstream err;
  auto* const old_out = std::cout.rdbuf(out.rdbuf());
  auto* const old_err = std::cerr.rdbuf(err.rdbuf());
  Outcome outcome;
  CLI::App app;
  pue::commands::add_check(app, outcome.code);
  app.parse("check --config.file \"" + file + "\" " + options);
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  outcome.out = out.str();
  outcome.err = err.str();
  return outcome;
}

bool has(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos) return true;
  MESSAGE("'" << part << "' is not in:\n" << text);
  return false;
}

/// A configuration file that lives as long as the test.
class File {
 public:
  explicit File(const std::string& text)
      : path_(std::filesystem::temp_directory_path() / ("pue-check-" + std::to_string(::getpid()) + ".toml")) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

const std::string k_site = R"(
[facility]
name = "太原-1"
grid_zone = "CN-SX"
[bus.line]
url = "rtu:///dev/ttyUSB0?baud=9600&parity=N&stop=1"
[device]
grid = { url = "tcp://192.0.2.1", profile = "schneider-pm5xxx" }
sold = { url = "tcp://192.0.2.2", profile = "schneider-pm5xxx" }
ups = { bus = "line", unit = 1, profile = "eastron-sdm630", points = ["power_active_total"] }
[[meter]]
name = "电网"
device = "grid"
role = "grid"
[[meter]]
name = "sold"
device = "sold"
role = "export"
[[meter]]
name = "机房"
device = "ups"
role = "it.ups"
upstream = "电网"
share = 0.5
)";

}  // namespace

TEST_CASE("check shows the boundary, the formula, the poll plan and the series") {
  const File file(k_site);
  const auto result = check(file.path());
  CHECK(result.code == 0);
  CHECK(has(result.out, "电网"));
  CHECK(has(result.out, "└─ 机房"));
  CHECK(has(result.out, "total = 电网 - sold"));
  CHECK(has(result.out, "IT of category 1 (ups) = 0.5 * 机房"));
  CHECK(has(result.out, "0.7096 kg/kWh, zone CN-SX, year 2022"));
  CHECK(has(result.out, "/dev/ttyUSB0 9600 N1"));
  CHECK(has(result.out, "Series: about "));
}

TEST_CASE("the occupancy of a serial line is that of its frames, silences and turnaround") {
  const File file(k_site);
  const auto result = check(file.path(), "--output json");
  REQUIRE(result.code == 0);
  const auto document = nlohmann::json::parse(result.out);
  const auto& bus = document["buses"][0];
  CHECK(bus["requests_per_second"] == 1.0);
  // Request 8 bytes, answer 5 + 2 registers of 2 bytes; 10 bits a byte at 9600 baud; two silences of 3.5 characters;
  // 20 ms for the device: (17 + 7) * 10 / 9600 + 0.020 = 0.045.
  CHECK(bus["bytes_per_second"] == 17.0);
  CHECK(bus["occupancy"].get<double>() == doctest::Approx(0.045));
  CHECK(document["formula"]["total"] == "电网 - sold");
  CHECK(document["formula"]["it"]["ups"] == "0.5 * 机房");
  CHECK(document["meters"][2]["upstream"] == "电网");
  CHECK(document["meters"][1]["factor"] == -1.0);
  CHECK(document["probe"].is_null());
}

TEST_CASE("an overloaded line is a warning") {
  auto text = k_site;
  text.replace(text.find("points = ["), std::string("points = [").size(), "interval = \"50ms\", points = [");
  const File file(text);
  const auto result = check(file.path());
  CHECK(result.code == 0);
  CHECK(has(result.err, "the line would be busy 90 % of the time"));
}

TEST_CASE("all errors of a configuration are printed with their places, exit code 2") {
  const File file(
      "[facility]\nnmae = \"x\"\n[device.a]\nurl = \"tcp://h\"\nprofile = \"schneider-pm5xxx\"\nunti = 3\n");
  const auto result = check(file.path(), "--output json");
  CHECK(result.code == 2);
  CHECK(has(result.err, file.path() + ":2:1: facility.nmae: unknown key, did you mean 'name'?"));
  CHECK(has(result.err, file.path() + ":6:1: device.a.unti: unknown key, did you mean 'unit'?"));
  CHECK(nlohmann::json::parse(result.out)["problems"].size() == 2);
}

TEST_CASE("a missing file and a bare Chinese header are configuration errors") {
  CHECK(check("/nonexistent/pue.toml").code == 2);
  const File file("[电表]\n");
  const auto result = check(file.path());
  CHECK(result.code == 2);
  CHECK(has(result.err, ":1:2: '电表' stands outside quotes"));
}

TEST_CASE("the examples that are installed are right") {
  // They name a password file, which nobody installs.
  const auto folder = std::filesystem::temp_directory_path() / ("pue-examples-" + std::to_string(::getpid()));
  std::filesystem::copy(PUE_EXAMPLES, folder);
  std::ofstream(folder / "bmc-password") << "a password\n";
  std::filesystem::permissions(folder / "bmc-password", std::filesystem::perms{0600});
  unsigned seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    CAPTURE(entry.path());
    const auto result = check(entry.path().string());
    CHECK(result.code == 0);
    CHECK(result.err == "");
    ++seen;
  }
  CHECK(seen >= 3);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a fleet is one line of the boundary, of the formula and of the poll plan") {
  const auto folder = std::filesystem::temp_directory_path() / ("pue-fleet-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "p") << "tell-nobody\n";
  std::filesystem::permissions(folder / "p", std::filesystem::perms{0600});
  std::ofstream(folder / "site.toml") << R"(
[engine]
max_series = 100000
[device.u]
url = "tcp://192.0.2.20"
profile = "schneider-pm5xxx"
[fleet.web]
url = "ipmi://10.2.{0-19}.{1-250}"
username = "m"
password_file = "p"
role = "it.rack"
[[meter]]
name = "u"
device = "u"
role = "grid"
)";
  const auto result = check((folder / "site.toml").string());
  CHECK(result.code == 0);
  CHECK(has(result.out, "fleet web (5000 meters)  it.rack          first web-10.2.0.1:power_active_total"));
  CHECK(has(result.out, "IT of category 3 (rack) = fleet web (5000 meters)\n"));
  // two points every 10 s of each; 152 bytes a command
  CHECK(has(result.out,
            "fleet web                5000     1000.00     152000             10.2.0.1:623 ... 10.2.19.250:623"));
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') < 30);
  const auto json = nlohmann::json::parse(check((folder / "site.toml").string(), "--output json").out);
  CHECK(json["meters"].size() == 5001);
  CHECK(json["buses"].size() == 2);
  for (const auto& text : {result.out, result.err, json.dump()}) CHECK(text.find("tell-nobody") == std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST_CASE("check shows a meter without a device as fed by import alone") {
  const File file{k_site + R"(
[ledger]
path = "ledger.db"
[[meter]]
name = "old-water"
role = "water"
)"};
  const auto text = check(file.path());
  CHECK(text.code == 0);
  CHECK(has(text.out, "no device: fed by import alone"));
  const auto json = nlohmann::json::parse(check(file.path(), "--output json").out);
  CHECK(json["meters"].back()["name"] == "old-water");
  CHECK(json["meters"].back()["device"].is_null());
}
