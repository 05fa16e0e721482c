#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/pipeline/sample.h"
#include "agent/plan/bmc_quirks.h"
#include "agent/plan/role.h"
#include "agent/units/secret.h"
#include "agent/units/time.h"
#include "collectors/profiles/profile.h"
#include "config/problem.h"

/// What a configuration means: every name resolved to a dense id, every default filled in. Built once when the
/// configuration loads (plan/build.h), immutable afterwards, shared by all threads.
namespace pue::plan {

using BusId = std::uint32_t;
using MeterId = std::uint32_t;

struct TcpAddress {
  std::string host;  ///< name or address; IPv6 without brackets
  std::uint16_t port = 502;
};

struct SerialLine {
  std::string path;  ///< e.g. /dev/ttyUSB0
  unsigned baud = 9600;
  char parity = 'N';  ///< N, E or O
  unsigned stop_bits = 1;
  bool rs485 = false;          ///< let the kernel driver switch the transmitter (TIOCSRS485)
  bool suppress_echo = false;  ///< the adapter returns what is sent
  Duration silence{};          ///< least pause between frames; 0: 3.5 characters, at least 1.75 ms
};

/// What the agent's user may do on a BMC, by its number in the protocol. Reading needs no more than `user`.
enum class Privilege : std::uint8_t { user = 2, operator_ = 3 };

/// A BMC on the network and how to log in.
struct BmcAddress {
  std::string host;  ///< name or address; IPv6 without brackets
  std::uint16_t port = 623;
  std::string username;                    ///< at most 16 bytes
  std::shared_ptr<const Secret> password;  ///< at most 20 bytes; shared by all BMCs that name the same file
  std::shared_ptr<const Secret> kg;        ///< the BMC's key K_g, at most 20 bytes; null: it has none
  Privilege privilege = Privilege::user;
  std::vector<std::uint8_t> suites{17};  ///< cipher suites in the order they are tried; 17 and 3 alone
  BmcQuirks quirks;
};

/// The BMC of this very machine, through the kernel's driver.
struct LocalBmc {
  std::string path;  ///< e.g. /dev/ipmi0
};

/// A connection to one or more units: a TCP gateway or a serial line; or a BMC, which is its own only unit.
struct Bus {
  BusId id = 0;
  std::string name;
  std::variant<TcpAddress, SerialLine, BmcAddress, LocalBmc> address;
  unsigned max_in_flight = 1;  ///< requests under way at once on one TCP connection
  Duration pause_after_connect{};
  Duration pause_between_requests{};
  Duration probe_period = std::chrono::seconds{10};  ///< longest wait before a silent device is tried again
  Duration late_window = std::chrono::seconds{3};    ///< serial: silence awaited after a time-out
  std::vector<DeviceId> devices;
};

/// @return whether the bus is a BMC, on the network or the machine's own.
[[nodiscard]] inline bool is_bmc(const Bus& bus) {
  return std::holds_alternative<BmcAddress>(bus.address) || std::holds_alternative<LocalBmc>(bus.address);
}

/// Where a device of a fleet stands, as far as the configuration says.
struct Placement {
  std::uint32_t fleet = 0;  ///< index into Plan::fleets
  std::string rack;
  std::string service;
};

/// One box on a bus.
struct Device {
  DeviceId id = 0;
  std::string name;
  BusId bus = 0;
  std::uint8_t unit = 1;
  std::shared_ptr<const profiles::Profile> profile;
  Duration interval = std::chrono::seconds{1};
  Duration timeout = std::chrono::milliseconds{500};
  std::vector<PointId> points;  ///< in the order of `profile->points`, one for each of them that is polled
  std::optional<Placement> placement;
};

/// How often a device that answers is asked again which it is.
inline constexpr Duration k_identity_period = std::chrono::minutes{10};
/// Nobody exchanges a meter faster: after a longer pause a device is asked which it is before its values count.
inline constexpr Duration k_fastest_exchange = std::chrono::seconds{10};

/// One value of one device.
struct Point {
  PointId id = 0;
  DeviceId device = 0;
  std::string_view name;                    ///< as in the profile, which keeps it
  const profiles::Point* source = nullptr;  ///< inside the device's profile
  Duration interval{};                      ///< of its group
  Duration stale_after{};                   ///< the value is unknown when older
};

/// What the reading of a device means to the facility.
struct Meter {
  MeterId id = 0;
  std::string name;
  std::optional<DeviceId> device;  ///< nothing: fed by import alone, and never with a live value
  Role role = Role::monitor;
  std::vector<PointId> power;            ///< summed; several where a device has phases only
  std::optional<PointId> energy;         ///< the device's own energy register, where there is one
  std::optional<PointId> serial_number;  ///< by which the device tells that it was exchanged
  double share = 1.0;                    ///< portion inside the boundary
  double ratio = 1.0;                    ///< current transformer ratio the device does not know of
  std::optional<Watts> max_power;        ///< what the circuit can carry; bounds what its register may count
  double conversion = 1.0;               ///< joules of the balance per unit read, e.g. per cubic meter of fuel
  std::string zone;                      ///< empty: none
  std::string service;                   ///< compute, storage, network or empty
  std::optional<MeterId> upstream;
  std::string accuracy_class;  ///< as configured, e.g. "0.5S"
  std::string ct_class;
  std::string serial;
  std::string calibrated_until;

  /// @return what a reading is multiplied with to become its part of the facility: sign, share, CT and conversion.
  [[nodiscard]] double factor() const { return sign_of(role) * share * ratio * conversion; }
};

/// A location-based grid emission factor with its provenance.
struct GridFactor {
  double grams_per_joule = 0.0;
  std::string zone;
  int year = 0;
  std::string source;
  bool estimated = false;  ///< the zone has no factor of its own: that of the region or the nation stands in
};

struct Facility {
  std::string name;
  std::string region;
  std::string timezone = "UTC";
  std::string grid_zone;
  std::string standard;
  std::optional<Watts> design_it_power;
  std::optional<GridFactor> grid_factor;
};

/// How the facility's total is found.
enum class TotalMethod : std::uint8_t {
  entrance,    ///< sources minus export minus `outside`
  submetered,  ///< IT of the lowest category plus all overhead meters, where no source is metered
};

struct Web {
  std::vector<std::string> listen_addresses;
  unsigned max_connections = 512;
};

/// Where energy is kept for good (docs/ledger.md).
struct Ledger {
  std::string path;      ///< empty: none is kept
  std::string key_file;  ///< path of the key that signs it
  Duration commit_interval = std::chrono::seconds{10};
  Duration record_interval = std::chrono::minutes{15};

  [[nodiscard]] bool kept() const { return !path.empty(); }
};

struct Plan {
  Facility facility;
  TotalMethod method = TotalMethod::entrance;
  Duration tick = std::chrono::milliseconds{100};
  unsigned io_threads = 1;
  std::size_t ring_capacity = 65536;
  std::size_t max_series = 50000;
  Web web;
  Ledger ledger;
  std::vector<std::string> fleets;  ///< names, in the order of the configuration
  std::vector<Bus> buses;
  std::vector<Device> devices;
  std::vector<Point> points;
  std::vector<Meter> meters;
  std::vector<std::string> zones;          ///< sorted
  std::vector<MeterId> total;              ///< meters whose factor() times power sums to the total
  std::vector<double> total_sign;          ///< -1 for `outside`, else 1; parallel to `total`
  std::array<std::vector<MeterId>, 3> it;  ///< by Layer; empty: this category is not measured
  std::string config_sha256;               ///< of the file as read, lower-case hexadecimal
  std::vector<config::Problem> warnings;   ///< doubtful, but no reason to refuse
};

}  // namespace pue::plan
