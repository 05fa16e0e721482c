#include "plant/load/load.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>

namespace pue::plant {
namespace {

/// Names of the library for gauges, as many as one block can hold values.
struct Name {
  std::string_view name;
  std::string_view unit;
};
constexpr std::array k_names{
    Name{"power_active_total", "W"},
    Name{"power_active_l1", "W"},
    Name{"power_active_l2", "W"},
    Name{"power_active_l3", "W"},
    Name{"power_reactive_total", "var"},
    Name{"power_reactive_l1", "var"},
    Name{"power_reactive_l2", "var"},
    Name{"power_reactive_l3", "var"},
    Name{"power_apparent_total", "VA"},
    Name{"power_apparent_l1", "VA"},
    Name{"power_apparent_l2", "VA"},
    Name{"power_apparent_l3", "VA"},
    Name{"voltage_l1_n", "V"},
    Name{"voltage_l2_n", "V"},
    Name{"voltage_l3_n", "V"},
    Name{"voltage_l1_l2", "V"},
    Name{"voltage_l2_l3", "V"},
    Name{"voltage_l3_l1", "V"},
    Name{"voltage_ln_avg", "V"},
    Name{"voltage_ll_avg", "V"},
    Name{"current_l1", "A"},
    Name{"current_l2", "A"},
    Name{"current_l3", "A"},
    Name{"current_n", "A"},
    Name{"current_avg", "A"},
    Name{"power_factor_total", "ratio"},
    Name{"power_factor_l1", "ratio"},
    Name{"power_factor_l2", "ratio"},
    Name{"power_factor_l3", "ratio"},
    Name{"frequency", "Hz"},
    Name{"current_sum", "A"},
    Name{"current_total", "A"},
    Name{"thd_voltage_l1", "ratio"},
    Name{"thd_voltage_l2", "ratio"},
    Name{"thd_voltage_l3", "ratio"},
    Name{"thd_current_l1", "ratio"},
    Name{"thd_current_l2", "ratio"},
    Name{"thd_current_l3", "ratio"},
    Name{"device_temperature", "Cel"},
    Name{"air_temperature", "Cel"},
    Name{"air_humidity", "ratio"},
    Name{"heat_power", "W"},
    Name{"cooling_power", "W"},
    Name{"dc_power", "W"},
    Name{"dc_voltage", "V"},
    Name{"dc_current", "A"},
    Name{"battery_voltage", "V"},
    Name{"battery_current", "A"},
    Name{"battery_temperature", "Cel"},
    Name{"battery_charge", "ratio"},
    Name{"efficiency", "ratio"},
    Name{"output_power_active_l1", "W"},
    Name{"output_power_active_l2", "W"},
    Name{"output_power_active_l3", "W"},
    Name{"output_current_l1", "A"},
    Name{"output_current_l2", "A"},
    Name{"output_current_l3", "A"},
    Name{"output_voltage_l1_n", "V"},
    Name{"output_voltage_l2_n", "V"},
    Name{"output_voltage_l3_n", "V"},
    Name{"output_frequency", "Hz"},
    Name{"air_dew_point", "Cel"},
};

}  // namespace

std::string refuse(const LoadSettings& settings) {
  if (settings.devices == 0) return "--load needs at least one device";
  if (settings.values == 0 || settings.values > k_names.size()) {
    return fmt::format("--values must be 1 to {}: one block is one request", k_names.size());
  }
  if (settings.base_port + settings.devices > 65'536U) return "the ports end at 65535: lower --base-port or --load";
  if (settings.silent > settings.devices) return "--silent is more than --load";
  return {};
}

float load_value(unsigned device, unsigned index, std::uint64_t second) {
  // Each device and value has numbers of its own, so that a value in the wrong place shows; all are exact in 32 bits.
  const auto wave = static_cast<unsigned>(second % 64);
  return static_cast<float>(1000 * (index + 1)) + static_cast<float>(device % 1000) + static_cast<float>(wave) / 64.0F;
}

bool is_silent(const LoadSettings& settings, unsigned device) {
  const auto before = [&](unsigned count) {
    return static_cast<std::uint64_t>(count) * settings.silent / settings.devices;
  };
  return before(device + 1) != before(device);
}

std::string load_profile_text(const LoadSettings& settings) {
  std::string text =
      "schema = 1\n\n[device]\nid = \"plant-load\"\nvendor = \"pue-plant\"\nmodel = \"load device\"\n"
      "category = \"meter\"\nprotocols = [\"tcp\"]\nfunction = 3\nword_order = \"ABCD\"\nconfidence = \"A\"\n"
      "max_regs = 125\nsources = [\"pue-plant --load\"]\n";
  for (unsigned i = 0; i < settings.values; ++i) {
    fmt::format_to(std::back_inserter(text),
                   "\n[[point]]\nname = \"{}\"\naddress = {}\ntype = \"f32\"\nunit = \"{}\"\nkind = \"gauge\"\n",
                   k_names[i].name, 2 * i, k_names[i].unit);
  }
  return text;
}

std::string load_agent_configuration(const LoadSettings& settings, const std::string& profile_path) {
  std::string text = fmt::format(
      "# Reads {} plain devices of pue-plant --load.\n[facility]\nname = \"plant-load\"\ntimezone = \"UTC\"\n\n"
      "[defaults]\ninterval = \"1s\"\ntimeout = \"500ms\"\n\n[engine]\nmax_series = 10000000\n",
      settings.devices);
  for (unsigned i = 0; i < settings.devices; ++i) {
    fmt::format_to(std::back_inserter(text),
                   "\n[device.d{:05}]\nurl = \"tcp://127.0.0.1:{}\"\nunit = 1\nprofile = \"{}\"\n", i,
                   settings.base_port + i, profile_path);
  }
  return text;
}

}  // namespace pue::plant
