#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agent/facility/facility_energy.h"
#include "agent/facility/facility_power.h"
#include "agent/facility/meter_readings.h"
#include "agent/facility/plausibility.h"
#include "agent/facility/record_keeper.h"
#include "agent/pipeline/board.h"
#include "agent/pipeline/spsc_ring.h"
#include "agent/plan/figure_layout.h"
#include "agent/plan/plan.h"

namespace pue {

/// The tick: takes what the collectors read, lets values grow old, keeps the accounts and windows, and publishes the
/// board. Sole owner of all model state and used by one thread; the only code that knows all the parts.
///
/// Allocates when it is built and never again.
class Engine {
 public:
  /// `plan`, `board` and the rings must live longer than the engine. `board` is sized by `plan` and FigureLayout.
  /// `records` is the way to the ledger; without one nothing is kept.
  Engine(const plan::Plan& plan, Board& board, std::vector<SpscRing<Sample>*> rings, RecordKeeper::Output records = {});

  /// Goes on from the accounts that an earlier run committed, and from the last day's quarter-hours. Before the first
  /// tick.
  void resume(std::span<const LedgerAccount> accounts, std::span<const LedgerQuarter> quarters = {});

  /// One tick at `now`, which never falls behind an earlier call's. The `last` one commits all accounts.
  void tick(Instant now, bool last = false);

  [[nodiscard]] std::uint64_t samples() const { return samples_; }

 private:
  /// The latest of one point.
  struct Latest {
    Instant at{};
    bool known = false;
    bool identity = false;  ///< a serial number: no measurement
  };

  void take(const Sample& sample);
  void let_grow_old(Instant now, std::size_t first, std::size_t last);
  void grow_old_if_due(Instant now, PointId point);
  void keep_records(Instant now, bool last);
  void publish(Instant now);

  const plan::Plan& plan_;
  Board& board_;
  std::vector<SpscRing<Sample>*> rings_;
  plan::FigureLayout layout_;
  plan::Figures figures_;
  std::vector<Latest> latest_;         ///< by PointId
  std::vector<Duration> stale_after_;  ///< by PointId
  RecordKeeper keeper_;
  MeterReadings readings_;
  Plausibility plausibility_;
  FacilityPower power_;
  FacilityEnergy energy_;
  std::vector<PointId> meter_points_;  ///< every point a meter reads: these grow old at every tick
  std::size_t sweep_ = 0;              ///< next of all points to be looked at
  Duration oldest_in_sweep_{};
  Duration oldest_{};
  std::uint64_t samples_ = 0;
  std::uint64_t ticks_ = 0;
};

}  // namespace pue
