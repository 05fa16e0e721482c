#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pue::plant {

/// Plain devices without physics, to load a client: device i listens on base_port + i as unit 1 and offers `values`
/// 32-bit floats in one block of registers at address 0 (function 3), which change each second.
struct LoadSettings {
  unsigned devices = 0;
  unsigned values = 30;  ///< 1 to 62: one block is one request
  std::uint16_t base_port = 15020;
  unsigned silent = 0;  ///< of them accept connections and never answer, spread evenly
};

/// @return what is wrong with the settings; empty: nothing.
[[nodiscard]] std::string refuse(const LoadSettings& settings);

/// @return the value `index` of a device at a second of real time.
[[nodiscard]] float load_value(unsigned device, unsigned index, std::uint64_t second);

/// @return whether this device is one of the silent ones.
[[nodiscard]] bool is_silent(const LoadSettings& settings, unsigned device);

/// The profile of these devices, as a file of the device library.
[[nodiscard]] std::string load_profile_text(const LoadSettings& settings);

/// The configuration of an agent that reads them with the profile in that file.
[[nodiscard]] std::string load_agent_configuration(const LoadSettings& settings, const std::string& profile_path);

/// Serves them until SIGINT or SIGTERM.
/// @return the exit code.
[[nodiscard]] int run_load(const LoadSettings& settings);

/// BMCs without a facility, to load a client, each drawing a power of its own (docs/plant.md, "Many BMCs").
struct BmcLoadSettings {
  unsigned bmcs = 0;
  std::uint16_t port = 15623;
  std::string make = "plain";     ///< of plant/ipmi/vendor.h, or "all" in turns
  unsigned silent = 0;            ///< of them never answer, spread evenly
  unsigned sessions = 4;          ///< that each has room for
  unsigned session_seconds = 60;  ///< after which one is forgotten that nobody uses
  bool suite_3 = true;
};

/// Name and password of the one account of simulated BMCs.
inline constexpr std::string_view k_bmc_user = "monitor";
inline constexpr std::string_view k_bmc_password = "simulated-bmc";

/// @return the power that BMC `index` of a load shows, in whole watts.
[[nodiscard]] double bmc_load_watts(unsigned index);

[[nodiscard]] std::string refuse(const BmcLoadSettings& settings);
/// Serves them until SIGINT or SIGTERM.
/// @return the exit code.
[[nodiscard]] int run_bmcs(const BmcLoadSettings& settings);

}  // namespace pue::plant
