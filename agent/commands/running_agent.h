#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/commands/generation.h"
#include "agent/commands/load_plan.h"
#include "agent/web/current_site.h"
#include "agent/web/faces.h"
#include "agent/web/gate.h"
#include "agent/web/server.h"

namespace pue::commands {

/// The agent between its start and its end: the plan in force, the server in front of it, and the exchange of the plan.
/// Used by the main thread.
class RunningAgent {
 public:
  /// @param listen_addresses instead of the configuration's, where there are any.
  /// @param web_config_file empty: no TLS and no users.
  RunningAgent(std::string config_file, std::vector<std::string> listen_addresses, std::string web_config_file);

  /// @return an exit code: whether the agent runs. What is wrong is told in the log or, of the configuration, on
  /// standard error.
  [[nodiscard]] int start();
  /// Reads the web configuration file and the configuration again. One that is wrong is told, and that before stays in
  /// force without a pause. A good one takes its place: polling pauses for a second or two, totals go on from the
  /// ledger, the server keeps its sockets.
  void reload();
  /// Looks after what could not be had before: a ledger, the registers of SunSpec devices.
  void look_after(Instant now);
  void stop();

  [[nodiscard]] std::uint64_t ticks() const { return now_->ticks(); }
  [[nodiscard]] const plan::Plan& plan() const { return now_->plan(); }

 private:
  /// What a request is answered from: it lives as long as the last of them.
  struct Served : web::Site {
    explicit Served(std::shared_ptr<Generation> from) : generation(std::move(from)), faces(generation->sources()) {}
    web::Response answer(const web::Request& request) override { return faces.answer(request); }
    void answered(unsigned status) override { faces.answered(status); }
    void cut(web::Cut reason) override { faces.cut(reason); }

    std::shared_ptr<Generation> generation;
    web::Faces faces;
  };
  /// When something is tried again: soon, and then less and less often.
  class Retry {
   public:
    explicit Retry(Duration first) : first_(first), wait_(first) {}
    [[nodiscard]] bool due(Instant now);
    void begin_anew(Instant now);

   private:
    Duration first_;
    Duration wait_;
    Instant due_{};
  };

  void put_in_force(plan::Plan plan);
  void exchange(plan::Plan plan);
  void take_over_web(plan::Plan& plan) const;
  [[nodiscard]] bool reload_gate();
  void tell_listening() const;

  PlanLoader loader_;
  std::vector<std::string> listen_addresses_;
  std::string web_config_file_;
  std::shared_ptr<web::Gate> gate_;  ///< none without a web configuration file
  bool gate_is_that_of_the_file_ = true;
  std::shared_ptr<web::CurrentSite> site_;
  std::shared_ptr<Generation> now_;
  std::shared_ptr<Served> served_;
  std::unique_ptr<web::Server> server_;
  Retry ledger_{std::chrono::seconds{5}};
  Retry registers_{std::chrono::seconds{10}};
};

}  // namespace pue::commands
