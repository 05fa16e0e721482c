#include "collectors/profiles/library.h"

#include <unistd.h>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "collectors/profiles/quantities.h"

using namespace pue::profiles;

namespace {

/// A folder that goes with the test.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("pue-profiles-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& name, const std::string& text) const { std::ofstream{path_ / name} << text; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

constexpr const char* k_own = R"(schema = 1
[device]
id = "own"
vendor = "Own"
model = "One"
category = "meter"
protocols = ["tcp"]
[[point]]
name = "power_active_total"
address = 5
type = "f32"
unit = "kW"
kind = "gauge"
)";

}  // namespace

TEST_CASE("all profiles of the library parse and hold against the list of quantities") {
  const Library library;
  CHECK(library.names().size() == 66);
  for (const std::string& name : library.names()) {
    CAPTURE(name);
    const auto profile = library.find(name, true);
    if (!profile) FAIL(describe(profile.error()));
    CHECK((*profile)->id == name);
    CHECK_FALSE((*profile)->sources.empty());
    for (const std::string& finding : findings_of(**profile)) FAIL_CHECK(finding);
  }
}

TEST_CASE("the embedded texts are the files of the library, byte for byte") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{PUE_PROFILES}) {
    if (entry.path().extension() != ".toml") continue;
    CAPTURE(entry.path().string());
    std::ifstream file{entry.path()};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    CHECK(embedded_file(entry.path().stem().string()) == text);
    ++files;
  }
  CHECK(files == embedded_files().size());
}

TEST_CASE("no source of the library names a host by its bare address") {
  for (const auto& file : embedded_files()) {
    for (auto at = file.text.find("://"); at != file.text.npos; at = file.text.find("://", at + 1)) {
      const std::string_view host = file.text.substr(at + 3, 4);
      CHECK_MESSAGE(host.find_first_not_of("0123456789.") != host.npos, file.name);
    }
  }
}

TEST_CASE("the profile of BMCs reads power and inlet temperature and more where it is named") {
  const auto profile = Library{}.find("ipmi-bmc", false);
  REQUIRE(profile);
  std::vector<std::string> always;
  for (const auto& point : (*profile)->points) {
    if (!point.on_request) always.push_back(point.name);
  }
  CHECK(always == std::vector<std::string>{"power_active_total", "air_temperature_inlet"});
  for (const auto* const name : {"psu_1_power_input", "psu_4_power_input", "fan_speed_1", "fan_speed_16"}) {
    REQUIRE((*profile)->find(name) != nullptr);
    CHECK((*profile)->find(name)->on_request);
  }
  CHECK((*profile)->find("psu_5_power_input") == nullptr);
}

TEST_CASE("a draft loads only when it is asked for, and the refusal says how") {
  const Library library;
  const auto refused = library.find("abb-acs580", false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("allow_draft") != std::string::npos);
  CHECK(library.find("abb-acs580", true));
}

TEST_CASE("an unknown name is answered with the nearest") {
  const auto refused = Library{}.find("schneider-pm5xx", false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("'schneider-pm5xxx'") != std::string::npos);
}

TEST_CASE("a site's own file overrides the library's and adds to it") {
  const Folder folder;
  folder.write("own.toml", k_own);
  folder.write("eastron-sdm630.toml", k_own);
  const Library library{folder.path()};
  CHECK(library.names().size() == 67);
  REQUIRE(library.find("own", false));
  CHECK((*library.find("eastron-sdm630", false))->id == "own");
  CHECK((*library.find("own", false))->points.front().scale == 1000.0);
}

TEST_CASE("a path names a file of its own and one that does not exist is said") {
  const Folder folder;
  folder.write("own.toml", k_own);
  CHECK(Library{}.find((folder.path() / "own.toml").string(), false));
  const auto missing = Library{}.find((folder.path() / "none.toml").string(), false);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().file.find("none.toml") != std::string::npos);
}

TEST_CASE("the list of quantities and the SunSpec models are no profiles") {
  CHECK_FALSE(Library{}.find("quantities", true));
  CHECK_FALSE(Library{}.find("_sunspec", true));
  CHECK(quantity_count() > 200);
}

TEST_CASE("two points on the same registers, a wrong unit and an unknown name are findings") {
  const auto profile = load_profile(std::string{k_own} + R"([[point]]
name = "voltage_l1_n"
address = 6
type = "f32"
unit = "A"
kind = "counter"
[[point]]
name = "powr_active_l1"
address = 20
type = "f32"
unit = "W"
kind = "gauge"
)",
                                    "x.toml");
  REQUIRE(profile);
  const auto findings = findings_of(*profile);
  REQUIRE(findings.size() == 4);
  CHECK(findings[3].find("power_active_l1") != std::string::npos);
}
