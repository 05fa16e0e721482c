#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/units/quantity.h"
#include "agent/units/time.h"
#include "config/problem.h"
#include "config/report_settings.h"
#include "config/url.h"

/// What a configuration file says, key by key, checked one by one but not yet against each other (that is
/// plan/build.h). docs/configuration.md lists every key.
namespace pue::config {

struct FacilitySettings {
  Place at;
  std::string name = "facility";
  std::string region;
  std::string timezone = "UTC";
  Located<std::string> grid_zone;
  std::string standard;
  std::optional<Watts> design_it_power;
};

struct BusSettings {
  std::string name;
  Place at;
  Url url;
  Place url_at;
  unsigned max_in_flight = 1;
  Duration pause_after_connect{};
  Duration pause_between_requests{};
  Duration probe_period = std::chrono::seconds{10};
  Duration late_window = std::chrono::seconds{3};
  bool rs485 = false;
  bool echo = false;
  Duration silence{};
};

/// How to log in to a BMC.
struct BmcLogin {
  Located<std::string> username;
  Located<std::string> password_file;
  Located<std::string> kg_file;
  Located<std::string> privilege{.value = "user", .at = {}};
  Located<std::vector<std::uint8_t>> cipher_suites{.value = {17}, .at = {}};
  std::vector<Located<std::string>> quirks;  ///< names; the plan knows which there are
};

/// Many BMCs that are read alike. What it stands for is written out among the devices and meters.
struct FleetSettings {
  std::string name;
  Place at;
  Place url_at;
};

/// The device or meter is one of a fleet.
struct FleetMember {
  std::uint32_t fleet = 0;  ///< index into Settings::fleets
  std::string rack;
  std::string service;
};

struct GroupInterval {
  Located<std::string> group;  ///< name of a point, beginning of names, or gauge, counter, state
  Duration interval{};
};

struct DeviceSettings {
  std::string name;
  Place at;
  Located<std::string> bus;
  std::optional<Url> url;  ///< of a device without a [bus]
  Place url_at;
  Located<unsigned> unit{.value = 1, .at = {}};
  Located<std::string> profile;
  std::optional<Duration> interval;
  std::optional<Duration> timeout;
  bool allow_draft = false;
  std::vector<Located<std::string>> points;  ///< empty: all
  std::vector<GroupInterval> intervals;
  BmcLogin login;
  std::optional<FleetMember> member;
};

struct MeterSettings {
  Place at;
  Located<std::string> name;
  Located<std::string> device;
  Located<std::string> role;
  std::vector<Located<std::string>> point;  ///< empty: the role's own
  Located<std::string> energy_point;        ///< "none": integrate power even where a register exists
  Located<std::string> upstream;
  Located<std::string> zone;
  Located<std::string> service;
  Located<double> share{.value = 1.0, .at = {}};
  double ct_ratio = 1.0;
  std::optional<Watts> max_power;
  Located<double> conversion;         ///< without unit
  Located<double> conversion_volume;  ///< J/m3
  std::string accuracy_class;
  std::string ct_class;
  std::string serial;
  std::string calibrated_until;
  std::optional<std::uint32_t> fleet;  ///< index into Settings::fleets: made for one of its devices
};

struct GridFactorSettings {
  std::string zone;
  GramsPerJoule factor;
  int year = 0;
  std::string source;
};

struct LedgerSettings {
  std::string path;      ///< empty: none
  std::string key_file;  ///< empty: beside the ledger
  std::optional<Duration> commit_interval;
  std::optional<Duration> record_interval;
};

struct Settings {
  std::string file;    ///< as given by the user, for messages
  std::string sha256;  ///< of the file's bytes, lower-case hexadecimal
  FacilitySettings facility;
  Duration interval = std::chrono::seconds{1};
  Duration timeout = std::chrono::milliseconds{500};
  Duration tick = std::chrono::milliseconds{100};
  double stale_intervals = 3.0;
  std::optional<Duration> stale_after;  ///< the same for every point, instead of `stale_intervals`
  unsigned io_threads = 1;
  std::size_t ring_capacity = 65536;
  std::size_t max_series = 50000;
  std::vector<std::string> listen_addresses{"127.0.0.1:10442"};
  unsigned max_connections = 512;
  std::optional<std::filesystem::path> profile_directory;  ///< relative paths count from the configuration's folder
  std::vector<BusSettings> buses;                          ///< in the order of the file
  std::vector<FleetSettings> fleets;                       ///< in the order of the file
  std::vector<DeviceSettings> devices;                     ///< in the order of the file, then those of the fleets
  std::vector<MeterSettings> meters;                       ///< in the order of the file, then those of the fleets
  std::vector<GridFactorSettings> grid_factors;
  LedgerSettings ledger;
  ReportSettings report;
  std::vector<Problem> warnings;
};

/// @return the beginning of the keys in messages about the device: "device.NAME", or "fleet.NAME" of its fleet.
[[nodiscard]] std::string key_of(const Settings& settings, const DeviceSettings& device);

}  // namespace pue::config
