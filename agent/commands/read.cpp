#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "agent/commands/bmc_target.h"
#include "agent/commands/command.h"
#include "agent/commands/read_bmc_output.h"
#include "agent/commands/read_output.h"
#include "agent/commands/text_table.h"
#include "collectors/ipmi/open_bmc.h"
#include "collectors/ipmi/read_bmc.h"
#include "collectors/modbus/sunspec.h"
#include "collectors/modbus/target.h"
#include "collectors/profiles/ipmi_bmc.h"
#include "collectors/profiles/library.h"
#include "config/quantities.h"

namespace pue::commands {
namespace {

/// Some BMCs take half a minute to tell all their sensors.
constexpr Duration k_patience_with_a_bmc = std::chrono::minutes{1};

struct ReadOptions {
  std::string target;
  std::string profile;
  std::string profile_directory;
  std::string output = "table";
  std::string timeout = "1s";
  bool allow_draft = false;
};

using FoundProfile = tl::expected<std::shared_ptr<const profiles::Profile>, int>;

int fail(int exit_code, const std::string& message) {
  std::cerr << "pue-agent: " << message << '\n';
  return exit_code;
}

/// The profile of the library, or for "sunspec" what the device says of itself.
FoundProfile profile_of(const ReadOptions& options, const modbus::Target& target, Duration timeout) {
  if (options.profile == modbus::k_sunspec_profile) {
    const auto reader = modbus::open(target, std::nullopt, timeout);
    auto device = modbus::discover_sunspec(*reader, *target.unit);
    if (!device) return tl::unexpected{fail(k_runtime_failure, target.text + ": " + device.error().message)};
    std::cerr << device->profile.vendor << ' ' << device->profile.model << ' ' << device->serial << '\n';
    return std::make_shared<const profiles::Profile>(std::move(device->profile));
  }
  std::optional<std::filesystem::path> site;
  if (!options.profile_directory.empty()) site = options.profile_directory;
  auto profile = profiles::Library{site}.find(options.profile, options.allow_draft);
  if (!profile) return tl::unexpected{fail(k_usage_error, describe(profile.error()))};
  return *profile;
}

/// @return the exit code, with a word on what is wrong when nothing was read.
int verdict(const std::vector<modbus::PointReading>& points) {
  std::size_t counts[4] = {};
  for (const auto& reading : points) ++counts[static_cast<std::size_t>(reading.quality)];
  std::cerr << points.size() << " points: " << counts[0] << " good, " << counts[1] << " invalid, " << counts[2]
            << " unsupported, " << counts[3] << " without answer\n";
  if (counts[0] + counts[1] > 0) return k_good;
  if (counts[2] > 0) return fail(k_runtime_failure, "the device refuses every register: is this the right profile?");
  const auto failure = points.empty() ? PollFailure::timeout : points.front().failure;
  return fail(k_runtime_failure, "nothing was read: " + std::string{describe(failure)});
}

int read_a_bmc(const ReadOptions& options, Duration timeout) {
  const auto target = parse_bmc_target(options.target);
  if (!target) return fail(k_usage_error, target.error());
  asio::io_context context{1};
  ipmi::Crypto crypto;
  CollectorStats stats;
  const auto bmc = ipmi::open_bmc(context, crypto, stats, *target, timeout);
  ipmi::BmcReport report;
  const auto work = [&]() -> ipmi::Task<void> {
    report = co_await ipmi::read_bmc(*bmc, k_patience_with_a_bmc);
    co_await bmc->close();
  };
  asio::co_spawn(context, work(), asio::detached);
  context.run();
  if (!report.identity) {
    return fail(k_runtime_failure, "nothing was read: " + std::string{describe(report.failure)});
  }
  if (options.output == "json") {
    std::cout << bmc_as_json(options.target, report);
  } else if (options.output == "csv") {
    std::cout << bmc_as_csv(report);
  } else {
    std::cout << bmc_as_table(report, colour_is_wanted());
  }
  std::cout.flush();
  std::cerr << "manufacturer " << report.identity->manufacturer << ", product " << report.identity->product << "; "
            << report.sensors.size() << " sensors\n";
  if (report.failure == PollFailure::none) return k_good;
  return fail(k_runtime_failure, "not read to the end: " + std::string{describe(report.failure)});
}

int read(const ReadOptions& options) {
  const auto timeout = config::parse_duration(options.timeout);
  if (!timeout || *timeout <= Duration::zero()) return fail(k_usage_error, "--timeout: expected e.g. 500ms or 2s");
  if (is_bmc_target(options.target)) {
    if (!options.profile.empty() && options.profile != profiles::k_ipmi_bmc_profile) {
      return fail(k_usage_error, "--profile: a BMC tells its sensors itself, leave it out");
    }
    return read_a_bmc(options, *timeout);
  }
  if (options.profile.empty()) return fail(k_usage_error, "--profile is required: a name from `pue-agent profiles`");
  const auto target = modbus::parse_target(options.target);
  if (!target) return fail(k_usage_error, target.error());
  if (!target->unit) return fail(k_usage_error, options.target + " names no unit: add it as " + options.target + "/1");

  const auto profile = profile_of(options, *target, *timeout);
  if (!profile) return profile.error();
  const Duration least = (*profile)->min_timeout.value_or(std::chrono::milliseconds{0});
  const auto reader = modbus::open(*target, (*profile)->serial, std::max(*timeout, least));
  const ReadResult result{.target = options.target,
                          .profile = (*profile)->id,
                          .points = modbus::read_device(*reader, *target->unit, **profile)};
  if (options.output == "json") {
    std::cout << read_as_json(result);
  } else if (options.output == "csv") {
    std::cout << read_as_csv(result);
  } else {
    std::cout << read_as_table(result, colour_is_wanted());
  }
  std::cout.flush();
  return verdict(result.points);
}

}  // namespace

void add_read(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ReadOptions>();
  auto* command = app.add_subcommand("read", "Read every point of one device once: registers, value, unit");
  command
      ->add_option("TARGET", options->target,
                   "tcp://host[:502]/unit, rtu:///dev/ttyUSB0?baud=9600&parity=N&stop=1/unit, "
                   "ipmi://host[:623]?user=U&password_file=F or ipmi-local:///dev/ipmi0")
      ->required();
  command->add_option(
      "--profile", options->profile,
      "Name from the device library, path of a TOML file, or sunspec to ask the device itself; not for BMCs");
  command->add_option("--profile.directory", options->profile_directory, "A site's own profiles, before the library's");
  command->add_option("--output", options->output, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  command->add_option("--timeout", options->timeout, "Wait for each answer at most")->capture_default_str();
  command->add_flag("--allow-draft", options->allow_draft, "Use a profile that nobody has tried on a device");
  command->callback([options, &exit_code] { exit_code = read(*options); });
}

}  // namespace pue::commands
