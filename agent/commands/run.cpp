#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/commands/command.h"
#include "agent/commands/load_plan.h"
#include "agent/commands/running_agent.h"
#include "agent/log/log.h"
#include "agent/service/notify.h"
#include "agent/version.h"
#include "collectors/net/descriptors.h"

namespace pue::commands {
namespace {

struct RunOptions {
  std::string config_file;
  std::vector<std::string> listen_addresses;
  std::string web_config_file;
  std::string log_level = "info";
  std::string log_format = "logfmt";
};

/// The signals that end or wake the agent. Blocked in every thread and waited for in one, so that no handler runs.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, signal);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }

  /// @return the signal that came within `patience`, 0 if none did.
  [[nodiscard]] int wait(Duration patience) const {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(patience);
    const timespec limit{.tv_sec = whole.count(), .tv_nsec = (patience - whole).count()};
    const int signal = ::sigtimedwait(&set_, nullptr, &limit);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t set_{};
};

/// Large blocks (the text of a scrape, above all) go back to the system when they are freed. Left alone, the C library
/// raises its threshold with the largest block it has seen, keeps such blocks, and has an arena for each thread.
void keep_the_heap_small() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  ::mallopt(M_ARENA_MAX, 2);
#endif
}
/// What reading the configuration took is not needed again.
void give_back_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

/// When a ledger that could not be opened is tried again: soon, and then less and less often.
class LedgerRetry {
 public:
  void look(RunningAgent& agent) {
    const Instant now = BootClock::now();
    if (!agent.lacks_ledger() || now < due_) return;
    agent.open_ledger();
    due_ = BootClock::now() + wait_;
    wait_ = std::min(2 * wait_, k_longest);
  }

 private:
  static constexpr Duration k_longest = std::chrono::minutes{5};
  Duration wait_ = std::chrono::seconds{5};
  Instant due_ = BootClock::now() + wait_;
};

/// Sleeps until a signal ends the agent; in between tells the service manager that the engine still ticks.
void wait_for_the_end(const Signals& signals, RunningAgent& agent) {
  constexpr Duration k_look = std::chrono::seconds{5};
  const auto watchdog = service::watchdog_period();
  LedgerRetry ledger;
  std::uint64_t seen = agent.ticks();
  for (;;) {
    const int signal = signals.wait(watchdog.value_or(k_look));
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP) {
      log::warn("SIGHUP is no reload in this version: restart the agent to read its configuration again");
      continue;
    }
    ledger.look(agent);
    const std::uint64_t ticks = agent.ticks();
    if (ticks != seen) {
      service::notify_alive();
    } else {
      log::error("the engine has not ticked since the last look; the service manager is not told that all is well");
    }
    seen = ticks;
  }
}

int run(const RunOptions& options) {
  // First of all: told to stop while it still starts, the agent stops as it does later, and leaves with 0.
  const Signals signals;
  const auto level = log::level_from(options.log_level);
  const auto format = log::format_from(options.log_format);
  if (!level || !format) {
    log::error("unknown log level or format", {{"level", options.log_level}, {"format", options.log_format}});
    return k_usage_error;
  }
  log::configure(*level, *format);
  if (!options.web_config_file.empty()) {
    log::error("this version serves no TLS and knows no users: put a reverse proxy before it",
               {{"option", "--web.config.file"}});
    return k_usage_error;
  }
  keep_the_heap_small();
  auto plan = load_plan(options.config_file);
  if (!plan) return plan.error();
  if (!options.listen_addresses.empty()) plan->web.listen_addresses = options.listen_addresses;

  net::allow_many_descriptors();
  RunningAgent agent{std::move(*plan)};
  if (!agent.start()) return k_runtime_failure;
  give_back_memory();
  const plan::Plan& running = agent.plan();
  log::info("started", {{"version", std::string{k_version}},
                        {"facility", running.facility.name},
                        {"buses", std::to_string(running.buses.size())},
                        {"devices", std::to_string(running.devices.size())},
                        {"points", std::to_string(running.points.size())},
                        {"meters", std::to_string(running.meters.size())}});
  service::notify_ready("polling " + std::to_string(running.devices.size()) + " devices");
  wait_for_the_end(signals, agent);
  service::notify_stopping();
  log::info("stopping");
  agent.stop();
  log::info("stopped");
  return k_good;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  auto* command = app.add_subcommand("run", "Poll the devices, compute and serve the figures until told to stop");
  command->add_option("--config.file", options->config_file, "Configuration file")->required();
  command->add_option("--web.listen-address", options->listen_addresses,
                      "Address to serve on, e.g. 127.0.0.1:10442, [::1]:10442 or :10442; may be repeated");
  command->add_option("--web.config.file", options->web_config_file, "TLS and users; not in this version");
  command->add_option("--log.level", options->log_level, "debug, info, warn or error")->capture_default_str();
  command->add_option("--log.format", options->log_format, "logfmt or json")->capture_default_str();
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace pue::commands
