#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/plan/site.h"

using namespace std::chrono_literals;
using site::has;
using site::plan;
using site::refusal;
using site::warnings;

namespace {

/// A grid meter without a device beside an IT meter with one.
constexpr const char* k_history = R"(
[ledger]
path = "ledger.db"
[device.u]
url = "tcp://10.0.0.1"
profile = "ups"
[[meter]]
name = "old-utility"
role = "grid"
[[meter]]
name = "u"
device = "u"
point = "output_power_active_total"
role = "it.ups"
upstream = "old-utility"
)";

class Credentials {
 public:
  explicit Credentials(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    ::setenv("CREDENTIALS_DIRECTORY", folder.c_str(), 1);
  }
  ~Credentials() { ::unsetenv("CREDENTIALS_DIRECTORY"); }
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;
};

pue::plan::Ledger ledger(const std::string& text, const std::string& file = "/etc/pue-agent/pue-agent.toml") {
  const auto settings = pue::config::load_text(text, file);
  REQUIRE(settings.has_value());
  const auto made = pue::plan::build(*settings, [](const std::string&, bool) {
    return tl::expected<std::shared_ptr<const site::Profile>, std::string>{tl::unexpected(std::string("none"))};
  });
  REQUIRE(made.has_value());
  return made->ledger;
}

}  // namespace

TEST_CASE("without a [ledger] none is kept") {
  CHECK_FALSE(ledger("").kept());
  CHECK(ledger("").path.empty());
}

TEST_CASE("a relative ledger counts from the configuration's folder, and its key lies beside it") {
  const auto kept = ledger("ledger.path = \"data/ledger.db\"");
  CHECK(kept.kept());
  CHECK(kept.path == "/etc/pue-agent/data/ledger.db");
  CHECK(kept.key_file == "/etc/pue-agent/data/ledger.db.key");
  CHECK(kept.commit_interval == 10s);
  CHECK(kept.record_interval == 15min);
  CHECK(ledger("ledger.path = \"/var/lib/ledger.db\"").path == "/var/lib/ledger.db");
}

TEST_CASE("a key counts from the configuration's folder unless the service has a credential of its name") {
  const auto folder = std::filesystem::temp_directory_path() / ("pue-ledger-key-" + std::to_string(::getpid()));
  const std::string named = "ledger = { path = \"/l.db\", key_file = \"signing-key\" }";
  CHECK(ledger(named).key_file == "/etc/pue-agent/signing-key");
  {
    const Credentials credentials{folder};
    CHECK(ledger(named).key_file == "/etc/pue-agent/signing-key");
    std::ofstream(folder / "signing-key") << "x";
    CHECK(ledger(named).key_file == (folder / "signing-key").string());
    CHECK(ledger("ledger = { path = \"/l.db\", key_file = \"./signing-key\" }").key_file ==
          "/etc/pue-agent/./signing-key");
    CHECK(ledger("ledger = { path = \"/l.db\", key_file = \"/k\" }").key_file == "/k");
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("a meter without a device is part of a plan that keeps a ledger, and reads no point") {
  const auto p = plan(k_history);
  REQUIRE(p.meters.size() == 2);
  CHECK_FALSE(p.meters[0].device.has_value());
  CHECK(p.meters[0].power.empty());
  CHECK_FALSE(p.meters[0].energy.has_value());
  CHECK(p.meters[1].device == 0);
  CHECK(p.total == std::vector<pue::plan::MeterId>{0});
  CHECK(p.meters[1].upstream == 0);
}

TEST_CASE("a required meter without a device is a warning that names it") {
  CHECK(has(warnings(k_history),
            "site.toml:7:1: meter.old-utility.device: without a device the meter is fed by import alone: live figures "
            "that need it are withheld"));
}

TEST_CASE("without a ledger a meter needs a device") {
  CHECK(has(refusal("[[meter]]\nname = \"m\"\nrole = \"water\"\n"),
            "site.toml:1:1: meter.m.device: missing: a meter without a device is fed by import alone, into a ledger: "
            "give device, or [ledger] path"));
}

TEST_CASE("a meter without a device has no points to read") {
  const auto text = refusal(
      "ledger.path = \"l.db\"\n[[meter]]\nname = \"m\"\nrole = \"water\"\npoint = \"flow_volume\"\nenergy_point = "
      "\"volume_total\"\n");
  CHECK(has(text, "meter.m.point: belongs to a meter with a device"));
  CHECK(has(text, "meter.m.energy_point: belongs to a meter with a device"));
}

TEST_CASE("two meters without a device never share a serial number") {
  CHECK(
      has(refusal("ledger.path = \"l.db\"\n[[meter]]\nname = \"m\"\nrole = \"water\"\nserial = \"7\"\n[[meter]]\nname "
                  "= \"n\"\nrole = \"water\"\nserial = \"7\"\n"),
          "serial '7' belongs to meter 'm'"));
}
