#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/facility/meter_readings.h"
#include "agent/facility/record_keeper.h"
#include "agent/pipeline/board.h"
#include "agent/plan/plan.h"

namespace pue {

/// Looks at readings beside each other: what a meter says of its phases and of their sum, what lies below a meter and
/// what it says itself (a UPS's output below its input), and one that stands still while the others move. Owned by the
/// engine.
///
/// What is wrong for a quarter of an hour marks the meter's records and is told once, until it is right again. Nothing
/// is corrected: a doubted number is still the number that was read.
class Plausibility {
 public:
  explicit Plausibility(const plan::Plan& plan);

  /// To be called at each tick; does its work every ten seconds.
  void look(Instant now, const Board& board, MeterReadings& readings, RecordKeeper& keeper);

 private:
  struct Doubt {
    std::optional<Instant> since;
    bool told = false;
  };
  struct Phases {
    plan::MeterId meter = 0;
    std::vector<PointId> parts;
    PointId total = 0;
    Doubt doubt;
  };
  struct Parent {
    plan::MeterId meter = 0;
    std::vector<plan::MeterId> children;
    Doubt doubt;
  };
  struct Still {
    std::optional<double> power;
    Instant since{};
    std::uint64_t changes_of_all = 0;  ///< when it last changed
    bool told = false;
  };

  void look_at_phases(Instant now, const Board& board, MeterReadings& readings, RecordKeeper& keeper);
  void look_at_parents(Instant now, MeterReadings& readings, RecordKeeper& keeper);
  void look_for_still_ones(Instant now, MeterReadings& readings, RecordKeeper& keeper);
  void judge(Doubt& doubt, bool wrong, Instant now, plan::MeterId meter, const energy::Occurrence& occurrence,
             MeterReadings& readings, RecordKeeper& keeper) const;

  Instant looked_at_{};
  std::vector<Phases> phases_;
  std::vector<Parent> parents_;
  std::vector<Still> still_;  ///< by MeterId
  std::uint64_t changes_of_all_ = 0;
};

}  // namespace pue
