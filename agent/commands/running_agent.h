#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent/engine_thread.h"
#include "agent/exposition/sources.h"
#include "agent/ledger/recorder.h"
#include "agent/plan/plan.h"
#include "agent/web/faces.h"
#include "agent/web/server.h"
#include "collectors/collector.h"

namespace pue::commands {

/// The agent from its plan to its end. Members are built in the order in which readings flow and go in reverse.
///
/// A ledger that cannot be opened costs the ledger alone: the agent polls and serves without it, its totals are absent
/// and `pue_agent_ledger_healthy` is 0, until open_ledger() succeeds.
class RunningAgent {
 public:
  explicit RunningAgent(plan::Plan plan);

  /// @return whether the agent runs; says in the log why not. Another agent that keeps the same ledger is a reason not
  /// to: the hardware would be polled twice.
  [[nodiscard]] bool start();
  void stop();

  /// Whether the plan wants a ledger and there is none yet.
  [[nodiscard]] bool lacks_ledger() const { return plan_.ledger.kept() && !recorder_; }
  /// Tries once more to open the ledger; from then on the engine goes on from its accounts.
  void open_ledger();

  [[nodiscard]] std::uint64_t ticks() const { return thread_ ? thread_->ticks() : 0; }
  [[nodiscard]] const plan::Plan& plan() const { return plan_; }

 private:
  [[nodiscard]] std::optional<ledger::Error> try_ledger();
  void start_engine();
  void tell_that_there_is_no_ledger();
  [[nodiscard]] std::vector<SpscRing<Sample>*> rings() const;
  [[nodiscard]] exposition::Sources sources() const;

  plan::Plan plan_;
  Board board_;
  std::vector<std::unique_ptr<collectors::Collector>> collectors_;
  std::unique_ptr<ledger::Recorder> recorder_;
  std::optional<Engine> engine_;
  std::shared_ptr<web::Faces> faces_;
  std::unique_ptr<web::Server> server_;
  std::optional<EngineThread> thread_;
};

}  // namespace pue::commands
