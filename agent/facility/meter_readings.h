#pragma once

#include <optional>
#include <vector>

#include "agent/energy/meter_energy.h"
#include "agent/facility/record_keeper.h"
#include "agent/pipeline/sample.h"
#include "agent/plan/plan.h"

namespace pue {

/// From points to meters: each meter's power now and its energy account. Owned by the engine.
class MeterReadings {
 public:
  /// `keeper` takes the records and must live longer.
  MeterReadings(const plan::Plan& plan, RecordKeeper& keeper);

  /// @return whether any meter reads this point.
  [[nodiscard]] bool reads(PointId point) const { return first_use_[point] != first_use_[point + 1]; }

  /// A good reading of a point that a meter reads.
  void take(const Sample& sample);
  /// The point has no value any more: stale, or the device says it has none.
  void lose(PointId point);
  /// The device refuses the point's register.
  void refuse(PointId point);

  /// @return the meter's part in the facility in watts (share, sign, CT and conversion applied), or its reading in its
  /// own unit where it has no part in the energy balance; nothing while any of its points has no value.
  [[nodiscard]] std::optional<double> power(plan::MeterId meter) const;
  /// @return what passes the meter in watts: CT and conversion applied, but neither share nor sign.
  [[nodiscard]] std::optional<Watts> through(plan::MeterId meter) const;
  [[nodiscard]] const energy::MeterEnergy& energy(plan::MeterId meter) const { return energies_[meter]; }

  /// Marks the meter's open record.
  void mark(plan::MeterId meter, std::uint32_t quality) { energies_[meter].mark(quality); }
  /// Cuts all accounts anew: the clock was stepped.
  void recut(const RecordKeeper::ClockChange& change);
  /// Closes the records whose meters have been silent for longer than can be bridged.
  void close_overdue(Instant now);
  /// Hands the state of every account to the keeper.
  void tell_accounts() const;
  /// Goes on from an earlier run's accounts, of which those of meters matter here.
  void resume(const LedgerAccount& account, Instant reading_at, Instant now);

  /// Longest time a bucket waits for a meter's late reading.
  [[nodiscard]] Duration patience() const { return patience_; }

 private:
  enum class Purpose : std::uint8_t { power, energy_register, serial_number };
  struct Use {
    plan::MeterId meter = 0;
    Purpose purpose = Purpose::power;
    std::uint32_t slot = 0;  ///< index into values_, for power
  };
  struct Value {
    double value = 0.0;
    Instant at{};
    bool known = false;
  };
  struct Span {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };

  /// @return the sum of the meter's points; nothing where one is missing, or where more passed than any meter sees.
  [[nodiscard]] std::optional<double> sum(plan::MeterId meter) const;
  void take_power(plan::MeterId meter);

  const plan::Plan& plan_;
  RecordKeeper& keeper_;
  std::vector<Duration> overdue_after_;   ///< by MeterId: longer than any difference that can be bridged
  std::vector<std::uint32_t> first_use_;  ///< by PointId, into uses_; one more at the end
  std::vector<Use> uses_;
  std::vector<Value> values_;       ///< every power point of every meter
  std::vector<Span> spans_;         ///< by MeterId, into values_
  std::vector<Instant> summed_at_;  ///< by MeterId: instant of the last sum given to the account
  std::vector<energy::MeterEnergy> energies_;
  Duration patience_{};
};

}  // namespace pue
