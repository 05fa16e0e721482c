#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

#include "plant/agent_config.h"
#include "plant/load/load.h"
#include "plant/run.h"
#include "plant/settings.h"

namespace {

using namespace pue::plant;

int fail(int code, const std::string& message) {
  fmt::print(stderr, "pue-plant: {}\n", message);
  return code;
}

/// A path that a URL inside a TOML string can hold as it is.
bool is_plain(const std::string& path) { return path.find_first_of("\"\\?%#\n") == std::string::npos; }

struct Options {
  std::string config_file;
  bool print_agent_config = false;
  LoadSettings load;
  BmcLoadSettings load_bmcs;
  std::string profile_out;
  bool print_profile = false;
  Settings given;  ///< what the command line says, on top of the file
};

int write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  file.close();
  return file ? 0 : fail(1, "cannot write " + path);
}

/// The password of the simulated BMCs, for its owner alone: an agent refuses any other file.
int write_password(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return fail(1, "cannot write " + path);
  const bool written =
      ::fchmod(file, S_IRUSR | S_IWUSR) == 0 &&
      ::write(file, k_bmc_password.data(), k_bmc_password.size()) == static_cast<ssize_t>(k_bmc_password.size());
  return ::close(file) == 0 && written ? 0 : fail(1, "cannot write " + path);
}

int load(const CLI::App& app, LoadSettings settings, const Options& options) {
  if (app.count("--base-port") > 0) settings.base_port = options.given.base_port;
  const auto wrong = refuse(settings);
  if (!wrong.empty()) return fail(2, wrong);
  if (options.print_profile) {
    fmt::print("{}", load_profile_text(settings));
    return 0;
  }
  if (options.print_agent_config) {
    if (options.profile_out.empty()) return fail(2, "--print-agent-config with --load needs --profile-out FILE");
    const auto path = std::filesystem::absolute(options.profile_out).string();
    if (!is_plain(path)) return fail(2, "the path of --profile-out must not contain \" \\ ? % #");
    if (const int failed = write_file(path, load_profile_text(settings)); failed != 0) return failed;
    fmt::print("{}", load_agent_configuration(settings, path));
    return 0;
  }
  return run_load(settings);
}

int load_bmcs(const CLI::App& app, BmcLoadSettings settings, const Options& options) {
  if (app.count("--base-port") > 0) settings.port = options.given.base_port;
  settings.silent = options.load.silent;
  const auto wrong = refuse(settings);
  return wrong.empty() ? run_bmcs(settings) : fail(2, wrong);
}

int run(const CLI::App& app, const Options& options) {
  if (app.count("--load-bmcs") > 0) return load_bmcs(app, options.load_bmcs, options);
  if (app.count("--load") > 0) return load(app, options.load, options);
  auto settings = default_settings();
  if (!options.config_file.empty()) {
    auto read = read_settings(options.config_file, settings);
    if (!read) return fail(2, read.error());
    settings = *read;
  }
  const auto given = [&](const char* name) { return app.count(name) > 0; };
  if (given("--profile")) settings.profile = options.given.profile;
  if (given("--base-port")) settings.base_port = options.given.base_port;
  if (given("--speed")) settings.speed = options.given.speed;
  if (given("--rtu-link")) settings.rtu_link = options.given.rtu_link;
  if (given("--truth.listen-address")) settings.truth_address = options.given.truth_address;
  if (given("--bmc-password-out")) {
    settings.bmc_password = std::filesystem::absolute(options.given.bmc_password).string();
  }
  if (given("--scenario")) settings.scenario = options.given.scenario;
  if (given("--start-day")) settings.start_day = options.given.start_day;

  auto parameters = profile_named(settings.profile);
  if (!parameters) return fail(2, "no profile '" + settings.profile + "': modern, mid, legacy");
  if (settings.mean_it) parameters->mean_it = *settings.mean_it;
  if (!is_plain(settings.rtu_link)) return fail(2, "rtu_link must not contain \" \\ ? % #");
  if (options.print_agent_config) {
    if (!settings.bmc_password.empty()) {
      if (!is_plain(settings.bmc_password))
        return fail(2, "the path of --bmc-password-out must not contain \" \\ ? % #");
      if (const int failed = write_password(settings.bmc_password); failed != 0) return failed;
    }
    fmt::print("{}", agent_configuration(facility_layout(*parameters), *parameters, settings));
    return 0;
  }
  return run_facility(settings, *parameters);
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): no memory for the options is the end
int main(int argc, char** argv) {
  CLI::App app{"A simulated facility on real Modbus ports"};
  Options options;
  auto& given = options.given;
  app.add_option("--config.file", options.config_file, "settings of the plant")->check(CLI::ExistingFile);
  app.add_option("--profile", given.profile, "modern, mid or legacy");
  app.add_option("--base-port", given.base_port, "first TCP port (15020)")->check(CLI::Range(1, 65000));
  app.add_option("--speed", given.speed, "how fast day and weather pass")->check(CLI::Range(0.0, 1e5));
  app.add_option("--start-day", given.start_day, "days since new year at the start")->check(CLI::Range(0.0, 364.999));
  app.add_option("--rtu-link", given.rtu_link, "path of the serial line; empty: none");
  app.add_option("--truth.listen-address", given.truth_address, "what is true, as JSON over HTTP");
  app.add_option("--bmc-password-out", given.bmc_password,
                 "file for the BMCs' password; with it, --print-agent-config names the BMCs too");
  app.add_option("--scenario", given.scenario, "faults that begin by themselves")->check(CLI::ExistingFile);
  app.add_option("--load", options.load.devices, "so many plain devices instead of the facility");
  app.add_option("--values", options.load.values, "of each plain device (30)");
  app.add_option("--silent", options.load.silent, "so many plain devices never answer");
  app.add_option("--load-bmcs", options.load_bmcs.bmcs, "so many BMCs instead of the facility");
  app.add_option("--make", options.load_bmcs.make, "of these BMCs, or all (plain)");
  app.add_option("--sessions", options.load_bmcs.sessions, "that each BMC has room for (4)");
  app.add_option("--session-timeout", options.load_bmcs.session_seconds, "seconds until an unused one is gone (60)");
  app.add_flag("!--no-suite-3", options.load_bmcs.suite_3, "the BMCs know cipher suite 17 alone");
  app.add_option("--profile-out", options.profile_out, "file for the plain devices' profile");
  app.add_flag("--print-profile", options.print_profile, "print the plain devices' profile and end");
  app.add_flag("--print-agent-config", options.print_agent_config, "print an agent's configuration and end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return run(app, options);
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
