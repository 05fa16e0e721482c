#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/commands/command.h"
#include "agent/commands/scan_ipmi.h"
#include "agent/commands/text_table.h"
#include "collectors/modbus/scan_units.h"
#include "collectors/modbus/target.h"
#include "collectors/profiles/library.h"
#include "config/quantities.h"

namespace pue::commands {
namespace {

struct ScanCommand {
  std::string target;
  std::string units = "1-247";
  std::string profile_directory;
  std::string timeout = "300ms";
  std::string pause = "20ms";
  std::string output = "table";
};

int fail(int exit_code, const std::string& message) {
  std::cerr << "pue-agent: " << message << '\n';
  return exit_code;
}

std::vector<std::shared_ptr<const profiles::Profile>> all_profiles(const std::string& directory) {
  std::optional<std::filesystem::path> site;
  if (!directory.empty()) site = directory;
  const profiles::Library library{site};
  std::vector<std::shared_ptr<const profiles::Profile>> all;
  for (const std::string& name : library.names()) {
    if (auto profile = library.find(name, true)) {
      const auto& spoken = (*profile)->protocols;
      if (std::find(spoken.begin(), spoken.end(), "ipmi") == spoken.end()) all.push_back(std::move(*profile));
    } else {
      std::cerr << "pue-agent: " << describe(profile.error()) << '\n';
    }
  }
  return all;
}

std::string says(const modbus::FoundUnit& found) {
  std::vector<std::string> texts;
  for (const auto& object : found.objects) {
    if (!object.text.empty() && object.id <= 5) texts.push_back(object.text);
  }
  if (!found.sunspec.empty()) texts.push_back(found.sunspec);
  if (texts.empty() && found.answer != PollFailure::none) {
    return "register 0: " + std::string{name_of(found.answer)};
  }
  return fmt::format("{}", fmt::join(texts, " "));
}

std::string as_table(const modbus::ScanResult& result) {
  using Side = TextTable::Side;
  TextTable table{{{"unit", Side::right}, {"says", Side::left}, {"profile", Side::left}, {"why", Side::left}}};
  for (const modbus::FoundUnit& found : result.units) {
    if (found.matches.empty()) table.add({std::to_string(found.unit), says(found), "unknown"});
    bool first = true;
    for (const modbus::ProfileMatch& match : found.matches) {
      table.add({first ? std::to_string(found.unit) : "", first ? says(found) : "",
                 match.profile + (match.certain ? "" : " ?"), match.reason});
      first = false;
    }
  }
  return table.text();
}

std::string as_json(const std::string& target, const modbus::ScanResult& result) {
  using Json = nlohmann::ordered_json;
  Json units = Json::array();
  for (const modbus::FoundUnit& found : result.units) {
    Json objects = Json::object();
    for (const auto& object : found.objects) objects[std::to_string(object.id)] = object.text;
    Json matches = Json::array();
    for (const auto& match : found.matches) {
      matches.push_back({{"profile", match.profile}, {"certain", match.certain}, {"reason", match.reason}});
    }
    units.push_back({{"unit", found.unit},
                     {"answer", found.answer == PollFailure::none ? "register" : name_of(found.answer)},
                     {"identification", std::move(objects)},
                     {"sunspec", found.sunspec},
                     {"profiles", std::move(matches)}});
  }
  const Json document{{"target", target}, {"units", std::move(units)}, {"garbled", result.garbled}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

void draw_progress(std::size_t done, std::size_t of) {
  constexpr std::size_t k_width = 40;
  const std::size_t filled = of == 0 ? k_width : done * k_width / of;
  std::cerr << fmt::format("\r[{:-<{}}] {}/{} units", std::string(filled, '#'), k_width, done, of);
  if (done == of) std::cerr << "\r\x1B[K";
  std::cerr.flush();
}

int verdict(const modbus::ScanResult& result, std::size_t asked) {
  for (const std::uint8_t unit : result.garbled) {
    std::cerr << "unit " << int{unit} << ": the answer was garbled: check baud, parity, wiring, and that no two devices"
              << " have this number\n";
  }
  if (result.units.size() == asked && asked > 8) {
    std::cerr << "every unit answers: this device seems not to look at the unit number\n";
  }
  if (result.stopped != PollFailure::none) {
    return fail(k_runtime_failure, "the scan stopped: " + std::string{describe(result.stopped)});
  }
  std::cerr << asked << " units asked, " << result.units.size() << " answer\n";
  return result.units.empty() ? k_runtime_failure : k_good;
}

int scan(const ScanCommand& command) {
  const auto target = modbus::parse_target(command.target);
  if (!target) return fail(k_usage_error, target.error());
  modbus::ScanOptions options;
  if (target->unit) {
    options.units = {*target->unit};
  } else {
    auto units = modbus::parse_units(command.units);
    if (!units) return fail(k_usage_error, "--units: " + units.error());
    options.units = std::move(*units);
    if (std::holds_alternative<config::SerialUrl>(target->bus) && options.units.back() > 247) {
      return fail(k_usage_error, "--units: units of a serial line are 1 to 247");
    }
  }
  const auto timeout = config::parse_duration(command.timeout);
  const auto pause = config::parse_duration(command.pause);
  if (!timeout || *timeout <= Duration::zero()) return fail(k_usage_error, "--timeout: expected e.g. 300ms");
  if (!pause || *pause < Duration::zero()) return fail(k_usage_error, "--pause: expected e.g. 20ms");
  options.pause = *pause;
  if (progress_is_wanted()) options.tell = draw_progress;

  const auto reader = modbus::open(*target, std::nullopt, *timeout);
  const auto result = modbus::scan_units(*reader, options, all_profiles(command.profile_directory));
  if (command.output == "json") {
    std::cout << as_json(command.target, result);
  } else if (!result.units.empty()) {
    std::cout << as_table(result);
  }
  std::cout.flush();
  return verdict(result, options.units.size());
}

}  // namespace

void add_scan(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ScanCommand>();
  auto* command = app.add_subcommand("scan", "Find and identify devices; reads only");
  command->require_subcommand(1);

  auto* modbus = command->add_subcommand("modbus", "The units of a Modbus gateway or serial line");
  modbus->add_option("TARGET", options->target, "tcp://host[:502][/unit] or rtu:///dev/ttyUSB0?baud=9600[/unit]")
      ->required();
  modbus->add_option("--units", options->units, "Units to ask, e.g. 1-247 or 1,5,17-20")->capture_default_str();
  modbus->add_option("--timeout", options->timeout, "Wait for each answer at most")->capture_default_str();
  modbus->add_option("--pause", options->pause, "Rest before each request")->capture_default_str();
  modbus->add_option("--profile.directory", options->profile_directory, "A site's own profiles, before the library's");
  modbus->add_option("--output", options->output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  modbus->callback([options, &exit_code] { exit_code = scan(*options); });

  auto bmcs = std::make_shared<ScanIpmiCommand>();
  auto* ipmi = command->add_subcommand("ipmi", "The BMCs of hosts");
  ipmi->add_option("HOST", bmcs->hosts, "host[:623], a range such as 10.2.0.{1-254}, or 10.2.0.0/24")->required();
  ipmi->add_option("--user", bmcs->user, "Log in and say who the BMC is");
  ipmi->add_option("--password-file", bmcs->password_file, "The user's password, in a file of mode 600");
  ipmi->add_option("--suite", bmcs->suite, "Cipher suite, 17 or 3")->capture_default_str();
  ipmi->add_option("--quirks", bmcs->quirks, "Names of the BMCs' quirks (docs/configuration.md), commas between");
  ipmi->add_option("--timeout", bmcs->timeout, "Wait for each answer at most")->capture_default_str();
  ipmi->add_option("--output", bmcs->output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  ipmi->callback([bmcs, &exit_code] { exit_code = scan_ipmi(*bmcs); });
}

}  // namespace pue::commands
