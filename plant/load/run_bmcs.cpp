#include <fmt/format.h>
#include <sys/resource.h>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "plant/ipmi/fleet.h"
#include "plant/load/load.h"

namespace pue::plant {
namespace {

constexpr unsigned k_most = 250 * 250;

}  // namespace

double bmc_load_watts(unsigned index) { return 200.0 + index % 300; }

std::string refuse(const BmcLoadSettings& settings) {
  if (settings.bmcs == 0 || settings.bmcs > k_most) return fmt::format("--load-bmcs: 1 to {}", k_most);
  if (settings.silent > settings.bmcs) return "--silent: more than there are";
  if (settings.sessions == 0 || settings.sessions > 64) return "--sessions: 1 to 64";
  if (settings.session_seconds == 0 || settings.session_seconds > 3600) return "--session-timeout: 1 to 3600 s";
  if (settings.make != "all" && ipmi::vendor_named(settings.make) == nullptr) {
    return "--make: no make of BMC '" + settings.make + "'";
  }
  return {};
}

int run_bmcs(const BmcLoadSettings& settings) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  asio::io_context io{1};
  const ipmi::RmcpSettings accounts{.users = {{std::string{k_bmc_user}, std::string{k_bmc_password}, 4}},
                                    .kg = {},
                                    .suite_3 = settings.suite_3,
                                    .most_sessions = settings.sessions,
                                    .session_timeout = std::chrono::seconds{settings.session_seconds}};
  const auto makes = settings.make == "all" ? ipmi::vendors() : std::span{ipmi::vendor_named(settings.make), 1};
  ipmi::Fleet fleet{io, accounts, settings.port, settings.bmcs, "bmc-", makes};
  for (unsigned i = 0; i < settings.bmcs; ++i) {
    fleet.bmc(i).show({.watts = bmc_load_watts(i), .inlet_celsius = 20.0 + i % 8});
    const bool silent = static_cast<std::uint64_t>(i + 1) * settings.silent / settings.bmcs !=
                        static_cast<std::uint64_t>(i) * settings.silent / settings.bmcs;
    if (silent) {
      fleet.find(fleet.bmc(i).name())
          ->begin(ipmi::BmcFault::silence, 0.0, std::chrono::steady_clock::time_point::max());
    }
  }
  asio::signal_set signals{io, SIGINT, SIGTERM};
  signals.async_wait([&](const asio::error_code&, int) { io.stop(); });
  fmt::print(stderr, "{} BMCs on udp://{}:{} and up, {} of them silent\n", settings.bmcs,
             ipmi::Fleet::address(0).to_string(), settings.port, settings.silent);
  io.run();
  fmt::print(stderr, "{} commands, {} of them none that reads\n", fleet.commands(), fleet.change_attempts());
  return fleet.change_attempts() == 0 ? 0 : 3;
}

}  // namespace pue::plant
