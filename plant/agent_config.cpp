#include "plant/agent_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "plant/load/load.h"
#include "plant/servers.h"

namespace pue::plant {
namespace {

void line(std::string& text, std::string_view key, const std::string& value) {
  if (!value.empty()) fmt::format_to(std::back_inserter(text), "{} = \"{}\"\n", key, value);
}

bool is_serial(const Layout& layout, const std::string& bus) {
  return std::any_of(layout.wires.begin(), layout.wires.end(),
                     [&](const Wire& wire) { return wire.name == bus && !wire.port_offset; });
}

std::string bmc_devices(const Settings& settings) {
  std::string text;
  for (std::size_t i = 0; i < Servers::k_count; ++i) {
    text += fmt::format(
        "\n[device.node-{}]\nurl = \"ipmi://{}:{}\"\nusername = \"{}\"\npassword_file = \"{}\"\ninterval = \"5s\"\n",
        i + 1, ipmi::Fleet::address(i).to_string(), settings.base_port, k_bmc_user, settings.bmc_password);
  }
  return text;
}

}  // namespace

std::string agent_configuration(const Layout& layout, const Parameters& parameters, const Settings& settings) {
  std::string text = fmt::format(
      "# Reads the simulated facility of pue-plant, profile {}.\n"
      "[facility]\nname = \"plant-{}\"\nregion = \"north\"\ntimezone = \"Asia/Shanghai\"\ngrid_zone = \"CN-SX\"\n"
      "standard = \"ISO/IEC 30134-2\"\ndesign_it_power = \"{:g} kW\"\n\n"
      "[defaults]\ninterval = \"1s\"\ntimeout = \"500ms\"\n",
      parameters.name, parameters.name, parameters.design_it.value() / 1000.0);
  const bool serial = !settings.rtu_link.empty();
  for (const auto& wire : layout.wires) {
    if (wire.port_offset) {
      text +=
          fmt::format("\n[bus.{}]\nurl = \"tcp://127.0.0.1:{}\"\n", wire.name, settings.base_port + *wire.port_offset);
    } else if (serial) {
      text += fmt::format("\n[bus.{}]\nurl = \"rtu://{}?baud=19200&parity=N&stop=1\"\n", wire.name, settings.rtu_link);
    }
  }
  for (const auto& instrument : layout.instruments) {
    const bool on_line = is_serial(layout, instrument.bus);
    if (on_line && !serial) continue;
    text += fmt::format("\n[device.{}]\nbus = \"{}\"\nunit = {}\nprofile = \"{}\"\n", instrument.name, instrument.bus,
                        instrument.unit, instrument.profile);
    if (instrument.draft) text += "allow_draft = true\n";
    if (on_line) text += "interval = \"2s\"\n";
  }
  if (!settings.bmc_password.empty()) text += bmc_devices(settings);
  for (const auto& instrument : layout.instruments) {
    if (!instrument.meaning || (is_serial(layout, instrument.bus) && !serial)) continue;
    const auto& meaning = *instrument.meaning;
    text += "\n[[meter]]\n";
    line(text, "name", instrument.name);
    line(text, "device", instrument.name);
    line(text, "role", meaning.role);
    line(text, "point", meaning.point);
    line(text, "upstream", meaning.upstream);
    line(text, "zone", meaning.zone);
    line(text, "class", meaning.accuracy_class);
  }
  return text;
}

}  // namespace pue::plant
