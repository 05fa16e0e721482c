#include "agent/commands/running_agent.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "agent/commands/command.h"
#include "agent/log/log.h"
#include "agent/service/notify.h"
#include "agent/version.h"
#include "agent/web/listen_address.h"
#include "agent/web/view.h"

namespace pue::commands {
namespace {

constexpr Duration k_longest_wait = std::chrono::minutes{5};
/// The figures of before are shown until there are new ones, this long at most.
constexpr Duration k_handover = std::chrono::seconds{3};

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void tell_started(std::string_view message, const plan::Plan& plan) {
  log::info(message, {{"version", std::string{k_version}},
                      {"facility", plan.facility.name},
                      {"buses", std::to_string(plan.buses.size())},
                      {"devices", std::to_string(plan.devices.size())},
                      {"points", std::to_string(plan.points.size())},
                      {"meters", std::to_string(plan.meters.size())}});
  service::notify_ready("polling " + std::to_string(plan.devices.size()) + " devices");
}

}  // namespace

bool RunningAgent::Retry::due(Instant now) {
  if (now < due_) return false;
  due_ = now + wait_;
  wait_ = std::min(2 * wait_, k_longest_wait);
  return true;
}

void RunningAgent::Retry::begin_anew(Instant now) {
  wait_ = 2 * first_;
  due_ = now + first_;
}

RunningAgent::RunningAgent(std::string config_file, std::vector<std::string> listen_addresses,
                           std::string web_config_file)
    : loader_(std::move(config_file)),
      listen_addresses_(std::move(listen_addresses)),
      web_config_file_(std::move(web_config_file)),
      // A signal, so that the main thread does it, as it does when it is sent from outside.
      site_(std::make_shared<web::CurrentSite>([] { ::kill(::getpid(), SIGHUP); })) {}

int RunningAgent::start() {
  if (!web_config_file_.empty()) {
    auto gate = web::Gate::open(web_config_file_);
    if (!gate) {
      tell(gate.error());
      return k_usage_error;
    }
    gate_ = std::move(*gate);
  }
  auto plan = loader_.load(PlanLoader::Ask::unknown);
  if (!plan) return plan.error();
  if (!listen_addresses_.empty()) plan->web.listen_addresses = listen_addresses_;
  now_ = std::make_shared<Generation>(std::move(*plan));
  served_ = std::make_shared<Served>(now_);
  served_->faces.instruments().configured(true, unix_seconds());
  site_->put(served_);
  web::Server::Limits limits;
  limits.connections.total = now_->plan().web.max_connections;
  auto server = web::Server::start(now_->plan().web.listen_addresses, limits, site_, gate_);
  if (!server) {
    log::error("cannot listen", {{"reason", server.error()}});
    return k_runtime_failure;
  }
  server_ = std::move(*server);
  if (!now_->take_ledger()) return k_runtime_failure;
  now_->start();
  tell_listening();
  tell_started("started", now_->plan());
  ledger_.begin_anew(BootClock::now());
  registers_.begin_anew(BootClock::now());
  return k_good;
}

void RunningAgent::reload() {
  service::notify_reloading();
  log::info("reading the configuration again");
  gate_is_that_of_the_file_ = reload_gate();
  auto plan = loader_.load(PlanLoader::Ask::nobody);
  // A file that is being written may be empty, which is a configuration too.
  const bool emptied = plan && plan->devices.empty() && !now_->plan().devices.empty();
  if (!plan || emptied) {
    log::error(emptied ? "the configuration has no device any more; that before stays in force"
                       : "the configuration is wrong; that before stays in force");
    served_->faces.instruments().configured(false, unix_seconds());
    service::notify_ready("the configuration on the disk is wrong; that before is in force");
    return;
  }
  exchange(std::move(*plan));
}

/// @return whether what is in force is what the file says.
bool RunningAgent::reload_gate() {
  if (!gate_) return true;
  const auto problems = gate_->reload();
  if (problems.empty()) return true;
  tell(problems);
  log::error("the web configuration file is wrong; what it said before stays in force", {{"file", web_config_file_}});
  return false;
}

void RunningAgent::tell_listening() const {
  const bool tls = gate_ && gate_->speaks_tls();
  const auto& addresses = server_->bound();
  for (const std::string& address : addresses) {
    log::info("listening", {{"address", address}, {"tls", tls ? "true" : "false"}});
  }
  const auto open = std::find_if_not(addresses.begin(), addresses.end(), &web::is_loopback);
  if (open == addresses.end()) return;
  if (!gate_ || !gate_->asks_who()) {
    log::warn("whoever reaches this address can read all figures", {{"address", *open}, {"see", "--web.config.file"}});
  } else if (!tls) {
    log::warn("names and passwords pass the network in clear text", {{"address", *open}, {"see", "--web.config.file"}});
  }
}

/// New SunSpec devices are asked while nobody else talks on their bus.
void RunningAgent::exchange(plan::Plan plan) {
  now_->stop();
  if (loader_.lacks_registers()) {
    if (auto asked = loader_.load(PlanLoader::Ask::unknown)) plan = std::move(*asked);
  }
  take_over_web(plan);
  now_ = std::make_shared<Generation>(std::move(plan), now_.get());
  // Nobody else can have taken the ledger's lock but a command that somebody gives just now; it ends soon.
  if (!now_->take_ledger()) log::warn("the ledger is tried again");
  now_->start();
  auto served = std::make_shared<Served>(now_);
  served->faces.instruments().configured(gate_is_that_of_the_file_, unix_seconds());
  const Instant until = BootClock::now() + k_handover;
  while (!web::ready(now_->sources()) && BootClock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  served_ = std::move(served);
  site_->put(served_);
  tell_started("the new configuration is in force", now_->plan());
  ledger_.begin_anew(BootClock::now());
  registers_.begin_anew(BootClock::now());
}

/// The server's sockets and limits are those of the start.
void RunningAgent::take_over_web(plan::Plan& plan) const {
  const auto& web = now_->plan().web;
  if (!listen_addresses_.empty()) plan.web.listen_addresses = listen_addresses_;
  if (plan.web.listen_addresses != web.listen_addresses || plan.web.max_connections != web.max_connections) {
    log::warn("[web] takes effect when the agent is started again");
  }
  plan.web.listen_addresses = web.listen_addresses;
  plan.web.max_connections = web.max_connections;
}

void RunningAgent::look_after(Instant now) {
  if (now_->lacks_ledger() && ledger_.due(now)) now_->open_ledger();
  if (!loader_.lacks_registers() || !registers_.due(now) || !loader_.ask_again()) return;
  log::info("a SunSpec device answers that did not before");
  if (auto plan = loader_.load(PlanLoader::Ask::nobody)) exchange(std::move(*plan));
}

void RunningAgent::stop() {
  now_->stop();
  server_.reset();
}

}  // namespace pue::commands
