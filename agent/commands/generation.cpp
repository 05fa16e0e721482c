#include "agent/commands/generation.h"

#include <string>
#include <thread>

#include "agent/log/log.h"
#include "agent/plan/figure_layout.h"
#include "agent/plan/ledger_layout.h"
#include "agent/version.h"
#include "collectors/heritage.h"

namespace pue::commands {
namespace {

/// The engine's way to the ledger, if there is one.
RecordKeeper::Output output_to(ledger::Recorder* recorder, const plan::Ledger& ledger) {
  if (recorder == nullptr) return {};
  RecordKeeper::Output output{.ring = &recorder->ring(),
                              .clock = WallClock::system(),
                              .commit_interval = ledger.commit_interval,
                              .detail_interval = std::nullopt,
                              .begin = BootClock::now()};
  if (ledger.record_interval < std::chrono::minutes{15}) output.detail_interval = ledger.record_interval;
  return output;
}

}  // namespace

Generation::Generation(plan::Plan plan, const Generation* before)
    : plan_(std::move(plan)),
      board_(plan_.points.size(), plan::FigureLayout{plan_}.size(), plan_.devices.size(),
             plan::LedgerLayout{plan_}.size()),
      collectors_(make_collectors(before)) {}

std::vector<std::unique_ptr<collectors::Collector>> Generation::make_collectors(const Generation* before) {
  collectors::Heritage heritage;
  if (before != nullptr) {
    for (const auto& collector : before->collectors_) collector->leave(heritage);
  }
  return collectors::make_collectors(plan_, board_, &heritage);
}

bool Generation::take_ledger() {
  if (!plan_.ledger.kept()) return true;
  const auto error = try_ledger();
  if (!error) return true;
  const bool taken = error->kind == ledger::Error::Kind::in_use;
  log::error(taken ? "the ledger is kept by another" : "there is no ledger; the agent goes on without and tries again",
             {{"ledger", plan_.ledger.path}, {"reason", describe(*error)}});
  tell_that_there_is_no_ledger();
  return !taken;
}

void Generation::start() {
  for (const auto& collector : collectors_) collector->start();
  start_engine();
}

/// The collectors' rings hold what is read meanwhile.
void Generation::open_ledger() {
  if (const auto error = try_ledger()) {
    log::error("there is still no ledger", {{"ledger", plan_.ledger.path}, {"reason", describe(*error)}});
    return;
  }
  log::info("there is a ledger now", {{"ledger", plan_.ledger.path}});
  thread_.reset();
  start_engine();
}

std::optional<ledger::Error> Generation::try_ledger() {
  auto recorder = ledger::Recorder::open(plan_, board_, k_version);
  if (!recorder) return recorder.error();
  recorder_ = std::move(*recorder);
  return std::nullopt;
}

void Generation::start_engine() {
  engine_.emplace(plan_, board_, rings(), output_to(recorder_.get(), plan_.ledger));
  if (recorder_) {
    engine_->resume(recorder_->resumed(), recorder_->recent());
    recorder_->start();
  }
  thread_.emplace(*engine_, plan_.tick);
}

void Generation::tell_that_there_is_no_ledger() {
  plan::Figures figures{board_.ledger_figures()};
  figures.set(plan::LedgerLayout::healthy(), 0.0);
  board_.publish_ledger(figures.words());
}

void Generation::stop() {
  // All at once: each may wait for an answer that is under way.
  std::vector<std::thread> stopping;
  stopping.reserve(collectors_.size());
  for (const auto& collector : collectors_) stopping.emplace_back([&collector] { collector->stop(); });
  for (std::thread& thread : stopping) thread.join();
  thread_.reset();
  if (recorder_) recorder_->stop();
  recorder_.reset();
}

std::vector<SpscRing<Sample>*> Generation::rings() const {
  std::vector<SpscRing<Sample>*> rings;
  rings.reserve(collectors_.size());
  for (const auto& collector : collectors_) rings.push_back(&collector->ring());
  return rings;
}

exposition::Sources Generation::sources() const {
  std::vector<exposition::Collector> collectors;
  collectors.reserve(collectors_.size());
  for (const auto& collector : collectors_) collectors.push_back({collector->name(), &collector->stats()});
  return {.plan = plan_, .board = board_, .collectors = std::move(collectors), .version = std::string{k_version}};
}

}  // namespace pue::commands
