#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "agent/units/quantity.h"

namespace pue::plant {

/// How a plant is started: from a small file, with the command line on top (docs/plant.md).
struct Settings {
  std::string profile = "modern";
  std::uint16_t base_port = 15020;
  double speed = 1.0;
  double start_day = 196.375;    ///< days since new year: 16 July, 09:00
  std::string rtu_link;          ///< path of the serial line; empty: none
  std::string truth_address;     ///< host:port; empty: none
  std::string bmc_password;      ///< file for the password of the BMCs, as the agent's configuration names it
  std::string scenario;          ///< file; empty: none
  std::optional<Watts> mean_it;  ///< instead of the profile's
};

[[nodiscard]] Settings default_settings();

/// Reads profile, base_port, speed, start_day, rtu_link, truth_listen_address, scenario and it_kw over `settings`.
/// @return what is wrong, with its place.
[[nodiscard]] tl::expected<Settings, std::string> read_settings(const std::filesystem::path& file, Settings settings);

}  // namespace pue::plant
