#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "config/section.h"
#include "config/settings.h"

namespace pue::config {

/// Writes out the [fleet.NAME] tables: a device for each host and, where the fleet has a role, a meter for each device.
///
///     FleetReader fleets{settings, findings, folder};
///     for each table: fleets.read(name, section);
///     fleets.write_out();                           // when all other devices and meters are known
///
/// A fleet has at most 10,000 hosts and all fleets together 50,000. Hosts and names that come twice, in whatever files,
/// are told with both places.
class FleetReader {
 public:
  static constexpr std::size_t k_most_hosts = 10'000;
  static constexpr std::size_t k_most_in_all = 50'000;

  /// @param folder what relative paths count from.
  FleetReader(Settings& settings, Findings& findings, std::filesystem::path folder)
      : settings_(settings), findings_(findings), folder_(std::move(folder)) {}

  void read(const std::string& name, Section section);

  /// Appends the fleets' devices and meters to those of the settings, each BMC and each name once.
  void write_out();

 private:
  /// What all of a fleet share.
  struct Template {
    std::uint32_t fleet = 0;
    DeviceSettings device;
    MeterSettings meter;
  };
  /// A host and where it was named.
  struct Host {
    std::size_t of = 0;  ///< index of the template
    IpmiUrl url;
    std::string name;
    std::string rack;
    std::string service;
    std::string file;
    Place at;
  };

  void read_url(Section& section, const std::string& fleet);
  void read_hosts_file(Section& section, const std::string& fleet);
  void add_host(const std::string& fleet, const std::string& text, Host host);
  [[nodiscard]] bool take_name(const std::string& name, const std::string& file, Place at, const std::string& key);
  [[nodiscard]] bool take_bmc(const IpmiUrl& url, const std::string& file, Place at, const std::string& key);

  Settings& settings_;
  Findings& findings_;
  std::filesystem::path folder_;
  std::vector<Template> templates_;
  std::vector<Host> hosts_;
  std::map<std::string, std::string> names_;  ///< device name to place
  std::map<std::string, std::string> bmcs_;   ///< host and port to place
};

}  // namespace pue::config
