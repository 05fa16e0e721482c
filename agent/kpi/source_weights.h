#pragma once

#include "agent/units/quantity.h"

/// The Green Grid's weighting of energy types by source energy, relative to electricity.
namespace pue::kpi {

struct SourceWeights {
  double electricity = 1.0;
  double gas = 0.31;
  double diesel = 0.30;
  double cold = 0.31;  ///< district chilled water, per unit of cold
};

/// Energy that came in over a period by type, as it came: fuel by its heat of combustion, cold as heat.
struct EnergyByType {
  Joules electricity;
  Joules gas;
  Joules diesel;
  Joules cold;
};

[[nodiscard]] constexpr Joules weighted(const EnergyByType& energy, const SourceWeights& weights) {
  return weights.electricity * energy.electricity + weights.gas * energy.gas + weights.diesel * energy.diesel +
         weights.cold * energy.cold;
}

}  // namespace pue::kpi
