#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "agent/commands/command.h"
#include "agent/commands/running_agent.h"
#include "agent/log/log.h"
#include "agent/service/notify.h"
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

/// Sleeps until a signal ends the agent; in between reads its configuration again when it is told to, looks after what
/// is missing, and tells the service manager that the engine still ticks.
void wait_for_the_end(const Signals& signals, RunningAgent& agent) {
  constexpr Duration k_look = std::chrono::seconds{5};
  const auto watchdog = service::watchdog_period();
  std::uint64_t seen = 0;
  for (;;) {
    const int signal = signals.wait(std::min(watchdog.value_or(k_look), k_look));
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP) {
      agent.reload();
      give_back_memory();
      continue;
    }
    agent.look_after(BootClock::now());
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
  keep_the_heap_small();
  net::allow_many_descriptors();
  RunningAgent agent{options.config_file, options.listen_addresses, options.web_config_file};
  if (const int code = agent.start(); code != k_good) return code;
  give_back_memory();
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
  command->add_option("--web.config.file", options->web_config_file,
                      "TLS, client certificates, users and headers, in the exporter-toolkit's schema");
  command->add_option("--log.level", options->log_level, "debug, info, warn or error")->capture_default_str();
  command->add_option("--log.format", options->log_format, "logfmt or json")->capture_default_str();
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace pue::commands
