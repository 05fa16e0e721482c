#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "agent/facility/meter_readings.h"
#include "agent/plan/figure_layout.h"
#include "agent/plan/plan.h"

namespace pue {

/// The facility's powers now: total, IT by category, their ratio, and the balance along the single-line diagram. A sum
/// with a missing member is no sum. Owned by the engine.
class FacilityPower {
 public:
  explicit FacilityPower(const plan::Plan& plan);

  /// Writes powers, instant ratios, balance and the meter that withholds each layer's figures.
  /// @return by Layer, whether its ratios are withheld for want of a required meter.
  [[nodiscard]] std::array<bool, 3> publish(const MeterReadings& readings, const plan::FigureLayout& layout,
                                            plan::Figures& figures) const;

 private:
  struct Sum {
    std::optional<Watts> power;
    std::optional<plan::MeterId> missing;  ///< the first member without a value
  };

  [[nodiscard]] Sum sum(std::span<const plan::MeterId> meters, std::span<const double> signs,
                        const MeterReadings& readings) const;
  void publish_balance(const MeterReadings& readings, const plan::FigureLayout& layout, plan::Figures& figures) const;

  const plan::Plan& plan_;
  std::vector<double> ones_;
  std::vector<std::vector<plan::MeterId>> children_;  ///< by MeterId: the meters directly below it
};

}  // namespace pue
