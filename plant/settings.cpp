#include "plant/settings.h"

#include "config/toml/parse.h"

namespace pue::plant {
namespace {

std::string at(const std::filesystem::path& file, const toml::node& node, const std::string& message) {
  return file.string() + ":" + std::to_string(node.source().begin.line) + ": " + message;
}

}  // namespace

Settings default_settings() {
  Settings settings;
  settings.rtu_link = (std::filesystem::temp_directory_path() / "pue-plant-rtu").string();
  return settings;
}

tl::expected<Settings, std::string> read_settings(const std::filesystem::path& file, Settings settings) {
  const auto text = safe_toml::read_file(file);
  if (!text) return tl::unexpected(file.string() + ": " + text.error().message);
  const auto root = safe_toml::parse(*text);
  if (!root)
    return tl::unexpected(file.string() + ":" + std::to_string(root.error().line) + ": " + root.error().message);
  for (const auto& entry : *root) {
    const std::string name{entry.first.str()};
    const toml::node& node = entry.second;
    const auto number = node.value<double>();
    const auto word = node.value<std::string>();
    const auto refuse = [&](const std::string& expected) {
      return tl::unexpected(at(file, node, name + ": expected " + expected));
    };
    if (name == "base_port") {
      if (!number || *number < 1 || *number > 65'000) return refuse("a port from 1 to 65000");
      settings.base_port = static_cast<std::uint16_t>(*number);
    } else if (name == "speed") {
      if (!number || *number < 0 || *number > 100'000) return refuse("a number from 0 to 100000");
      settings.speed = *number;
    } else if (name == "start_day") {
      if (!number || *number < 0 || *number >= 365) return refuse("days since new year, 0 to 365");
      settings.start_day = *number;
    } else if (name == "it_kw") {
      if (!number || *number < 1 || *number > 2'000) return refuse("1 to 2000 kW");
      settings.mean_it = Watts{*number * 1000.0};
    } else if (name == "profile" || name == "rtu_link" || name == "truth_listen_address" || name == "scenario") {
      if (!word) return refuse("a text");
      (name == "profile"    ? settings.profile
       : name == "rtu_link" ? settings.rtu_link
       : name == "scenario" ? settings.scenario
                            : settings.truth_address) = *word;
    } else {
      return tl::unexpected(at(file, node, "unknown key " + name));
    }
  }
  return settings;
}

}  // namespace pue::plant
