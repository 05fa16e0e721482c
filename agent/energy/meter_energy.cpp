#include "agent/energy/meter_energy.h"

namespace pue::energy {

MeterEnergy::MeterEnergy(const Settings& settings)
    : has_register_(settings.has_register),
      factor_(settings.factor),
      integrator_(settings.max_gap),
      register_(settings.max_gap),
      boundaries_(static_cast<std::size_t>(settings.patience / k_bucket) + 4) {}

void MeterEnergy::power(Instant at, double reading) {
  if (!has_register_) take(at, integrator_.advance(at, Watts{reading * factor_}));
}

void MeterEnergy::energy_register(Instant at, double reading) {
  if (has_register_) take(at, register_.advance(at, Joules{reading * factor_}));
}

void MeterEnergy::take(Instant at, const Step& step) {
  if (step.reset) ++resets_;
  const Joules energy = step.energy.value_or(Joules{});
  account_.add(energy);
  boundaries_.advance(at, energy, step.bridged);
}

}  // namespace pue::energy
