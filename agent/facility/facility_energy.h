#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agent/energy/joule_account.h"
#include "agent/energy/rolling_window.h"
#include "agent/facility/meter_readings.h"
#include "agent/plan/figure_layout.h"
#include "agent/plan/plan.h"
#include "agent/plan/zone_boundary.h"

namespace pue {

/// The facility's energies, closed bucket by bucket on the common grid: a bucket of a sum is known only when that of
/// every member is. Feeds the totals, the rolling windows, the zones and the carbon account. Owned by the engine.
class FacilityEnergy {
 public:
  FacilityEnergy(const plan::Plan& plan, Duration patience);

  /// Closes every bucket that is complete, or for which no reading is awaited any longer.
  void close_until(Instant now, const MeterReadings& readings);

  /// Hands the state of the facility's sums to the keeper.
  void tell_accounts(RecordKeeper& keeper) const;
  /// Goes on from an earlier run's sum.
  void resume(FacilitySum sum, const LedgerAccount& account);

  /// Fills the windows with what an earlier run recorded; before the first close_until(). Quarter-hours are divided
  /// evenly. What lies between them and `begin`, when this run began, is not covered.
  void refill(std::span<const LedgerQuarter> quarters, Instant begin, const RecordKeeper& keeper);

  /// Writes totals, windows, zones and carbon. `withheld[layer]` keeps back that layer's ratios.
  void publish(const plan::FigureLayout& layout, plan::Figures& figures, std::span<const bool, 3> withheld) const;

 private:
  struct Sum {
    Joules energy;
    Joules integrated;
  };
  struct Zone {
    plan::ZoneBoundary boundary;
    std::vector<energy::RollingWindow> windows;  ///< by Window; empty where the zone has no IT
  };

  [[nodiscard]] energy::JouleAccount& of(FacilitySum sum) { return sums_[static_cast<std::size_t>(sum)]; }
  [[nodiscard]] Joules total(FacilitySum sum) const { return sums_[static_cast<std::size_t>(sum)].total(); }
  [[nodiscard]] bool complete(std::int64_t bucket, const MeterReadings& readings) const;
  void close(std::int64_t bucket, const MeterReadings& readings);
  [[nodiscard]] std::optional<Sum> sum(std::span<const plan::MeterId> meters, std::span<const double> signs,
                                       std::int64_t bucket, const MeterReadings& readings) const;

  const plan::Plan& plan_;
  Duration patience_;
  std::optional<std::int64_t> next_;     ///< the oldest bucket that is still open
  std::vector<plan::MeterId> required_;  ///< every meter that any sum needs
  std::vector<plan::MeterId> grid_;
  std::vector<double> ones_;  ///< signs of sums without any
  std::vector<Zone> zones_;
  std::array<std::vector<energy::RollingWindow>, 3> windows_;  ///< by Layer, then Window
  std::array<energy::JouleAccount, k_facility_sums> sums_;     ///< by FacilitySum; joules, and milligrams of CO2
};

}  // namespace pue
