#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent/engine_thread.h"
#include "agent/exposition/sources.h"
#include "agent/ledger/recorder.h"
#include "agent/plan/plan.h"
#include "collectors/collector.h"

namespace pue::commands {

/// One plan in force, from its hardware to its board. Members are built in the order in which readings flow and go in
/// reverse.
///
/// A ledger that cannot be opened costs the ledger alone: readings go on without it, totals are absent and
/// `pue_agent_ledger_healthy` is 0, until open_ledger() succeeds.
class Generation {
 public:
  /// @param before the generation before this, which has been stopped; null at the start.
  explicit Generation(plan::Plan plan, const Generation* before = nullptr);

  /// Opens the ledger, if the plan wants one. @return false when another agent keeps it: the hardware would be polled
  /// twice. Anything else that is wrong with it is told in the log.
  [[nodiscard]] bool take_ledger();
  void start();
  /// Ends polling, commits what was counted, and closes the ledger.
  void stop();

  /// Whether the plan wants a ledger and there is none yet.
  [[nodiscard]] bool lacks_ledger() const { return plan_.ledger.kept() && !recorder_; }
  /// Tries once more to open the ledger; from then on the engine goes on from its accounts.
  void open_ledger();

  [[nodiscard]] std::uint64_t ticks() const { return thread_ ? thread_->ticks() : 0; }
  [[nodiscard]] const plan::Plan& plan() const { return plan_; }
  /// What the faces read; the generation must outlive them.
  [[nodiscard]] exposition::Sources sources() const;

 private:
  [[nodiscard]] std::vector<std::unique_ptr<collectors::Collector>> make_collectors(const Generation* before);
  [[nodiscard]] std::optional<ledger::Error> try_ledger();
  void start_engine();
  void tell_that_there_is_no_ledger();
  [[nodiscard]] std::vector<SpscRing<Sample>*> rings() const;

  plan::Plan plan_;
  Board board_;
  std::vector<std::unique_ptr<collectors::Collector>> collectors_;
  std::unique_ptr<ledger::Recorder> recorder_;
  std::optional<Engine> engine_;
  std::optional<EngineThread> thread_;
};

}  // namespace pue::commands
