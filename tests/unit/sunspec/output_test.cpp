#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <cstdlib>

#include <nlohmann/json.hpp>

#include "agent/commands/profiles_output.h"
#include "agent/commands/read_output.h"
#include "agent/commands/text_table.h"
#include "collectors/profiles/library.h"

using namespace pue;
using namespace pue::commands;

namespace {

/// One reading of each quality.
struct FourReadings {
  profiles::Point voltage{.name = "voltage_l1_n", .address = 1, .unit = profiles::Unit::volt};
  profiles::Point energy{.name = "energy_active_import_total", .address = 2, .words = 2, .unit = profiles::Unit::joule};
  profiles::Point mode{.name = "ups_mode", .address = 4, .states = {{3, "battery"}}};
  profiles::Point text{.name = "model", .address = 5, .words = 2, .type = profiles::RegisterType::text};
  profiles::Point broken{.name = "frequency", .address = 7, .unit = profiles::Unit::hertz};
  profiles::Point absent{.name = "current_n", .address = 8, .unit = profiles::Unit::ampere};
  profiles::Point silent{.name = "current_l1", .address = 9, .unit = profiles::Unit::ampere};

  [[nodiscard]] ReadResult result() const {
    using modbus::PointQuality;
    return {.target = "tcp://h/1",
            .profile = "p",
            .points = {{&voltage, {0x08FD}, 2301 * 0.1, "", PointQuality::good, {}},
                       {&energy, {0, 0x2710}, 3.6e10, "", PointQuality::good, {}},
                       {&mode, {3}, 3.0, "", PointQuality::good, {}},
                       {&text, {0x412C, 0x2242}, {}, "A,\"B", PointQuality::good, {}},
                       {&broken, {0x7FC0}, {}, "", PointQuality::invalid, {}},
                       {&absent, {}, {}, "", PointQuality::unsupported, PollFailure::illegal_address},
                       {&silent, {}, {}, "", PointQuality::timeout, PollFailure::timeout}}};
  }
};

}  // namespace

TEST_CASE("the JSON of a reading has the promised shape: SI values or null, hexadecimal registers, quality") {
  const FourReadings readings;
  const auto json = nlohmann::json::parse(read_as_json(readings.result()));
  CHECK(json["target"] == "tcp://h/1");
  CHECK(json["profile"] == "p");
  const auto& points = json["points"];
  REQUIRE(points.size() == 7);
  CHECK(points[0]["value"] == 230.1);  // not 230.10000000000002
  CHECK(points[0]["unit"] == "V");
  CHECK(points[0]["raw"] == nlohmann::json{"08FD"});
  CHECK(points[1]["value"] == 3.6e10);
  CHECK(points[1]["unit"] == "J");
  CHECK(points[1]["raw"] == nlohmann::json{"0000", "2710"});
  CHECK(points[2]["state"] == "battery");
  CHECK(points[3]["value"] == "A,\"B");
  CHECK(points[4]["value"].is_null());
  CHECK(points[4]["quality"] == "invalid");
  CHECK(points[4]["raw"] == nlohmann::json{"7FC0"});
  CHECK(points[5]["quality"] == "unsupported");
  CHECK(points[5]["reason"] == "illegal_address");
  CHECK(points[6]["quality"] == "timeout");
  CHECK(points[6]["raw"].empty());
}

TEST_CASE("CSV quotes what needs it and leaves missing values empty") {
  const FourReadings readings;
  CHECK(read_as_csv(readings.result()) ==
        "name,value,unit,raw,quality\n"
        "voltage_l1_n,230.1,V,08FD,good\n"
        "energy_active_import_total,36000000000,J,0000 2710,good\n"
        "ups_mode,3,,0003,good\n"
        "model,\"A,\"\"B\",,412C 2242,good\n"
        "frequency,,Hz,7FC0,invalid\n"
        "current_n,,A,,unsupported\n"
        "current_l1,,A,,timeout\n");
}

TEST_CASE("the table shows energies as the meter's display does and why a value is missing") {
  const FourReadings readings;
  const auto table = read_as_table(readings.result(), false);
  CHECK(table.find("10000  kWh") != std::string::npos);
  CHECK(table.find("battery") != std::string::npos);
  CHECK(table.find(std::string{describe(PollFailure::illegal_address)}) != std::string::npos);
  CHECK(table.find('\x1B') == std::string::npos);
  const auto coloured = read_as_table(readings.result(), true);
  CHECK(coloured.find("\x1B[31minvalid\x1B[0m") != std::string::npos);
}

TEST_CASE("columns line up with Chinese names and colours in them, and empty columns go") {
  using Side = TextTable::Side;
  TextTable table{{{"a", Side::left}, {"none", Side::left}, {"b", Side::right}}};
  table.add({"安科瑞", "", "1"});
  table.add({"\x1B[31mx\x1B[0m", "", "22"});
  CHECK(table.text() == "a        b\n安科瑞   1\n\x1B[31mx\x1B[0m       22\n");
}

TEST_CASE("colours are for a terminal, unless NO_COLOR refuses them") {
  int terminal = -1;
  int side = -1;
  REQUIRE(::openpty(&terminal, &side, nullptr, nullptr, nullptr) == 0);
  const int output = ::dup(STDOUT_FILENO);
  ::dup2(side, STDOUT_FILENO);
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  const bool on_terminal = colour_is_wanted();
  ::setenv("NO_COLOR", "1", 1);
  const bool refused = colour_is_wanted();
  ::unsetenv("NO_COLOR");
  const int null = ::open("/dev/null", O_WRONLY);
  ::dup2(null, STDOUT_FILENO);
  const bool in_file = colour_is_wanted();
  ::dup2(output, STDOUT_FILENO);
  for (const int descriptor : {terminal, side, output, null}) ::close(descriptor);
  CHECK(on_terminal);
  CHECK_FALSE(refused);
  CHECK_FALSE(in_file);
}

TEST_CASE("the library's list and details hold every profile and point") {
  const profiles::Library library;
  std::vector<std::shared_ptr<const profiles::Profile>> held;
  std::vector<const profiles::Profile*> all;
  for (const auto& name : library.names()) {
    held.push_back(*library.find(name, true));
    all.push_back(held.back().get());
  }
  CHECK(nlohmann::json::parse(list_as_json(all)).size() == 66);  // 65 of registers, and that of BMCs
  for (const auto* profile : all) {
    CAPTURE(profile->id);
    CHECK(list_as_table(all).find(profile->id) != std::string::npos);
    const auto json = nlohmann::json::parse(profile_as_json(*profile));
    REQUIRE(json["points"].size() == profile->points.size());
    if (profile->id == "ipmi-bmc") continue;
    for (const auto& point : json["points"]) {
      CHECK_FALSE(point["type"].get<std::string>().empty());
      CHECK_FALSE(point["word_order"].get<std::string>().empty());
    }
    CHECK(profile_as_table(*profile).find(profile->points.front().name) != std::string::npos);
  }
}
