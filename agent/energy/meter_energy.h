#pragma once

#include "agent/energy/boundaries.h"
#include "agent/energy/integrator.h"
#include "agent/energy/joule_account.h"
#include "agent/energy/register_difference.h"

namespace pue::energy {

/// The energy of one meter, from its device's register where there is one, else from its power. Owned by the engine.
///
/// The register wins as long as the device offers it. When the device refuses the register, power takes over for good,
/// and the energy from then on counts as integrated.
class MeterEnergy {
 public:
  struct Settings {
    bool has_register = false;
    double factor = 1.0;  ///< share, CT ratio and conversion; positive
    Duration max_gap{};   ///< longest time between two readings that is bridged
    Duration patience{};  ///< how long a bucket waits for a late reading
  };

  explicit MeterEnergy(const Settings& settings);

  /// A reading of power, in the meter's own unit before the factor.
  void power(Instant at, double reading);
  /// A reading of the energy register, in joules before the factor.
  void energy_register(Instant at, double reading);
  /// The device refuses the register.
  void register_refused() { has_register_ = false; }

  /// @return joules since the agent began, factor applied.
  [[nodiscard]] Joules total() const { return account_.total(); }
  /// @return whether energy comes from power and not from a register.
  [[nodiscard]] bool integrated() const { return !has_register_; }
  /// @return how often the register fell.
  [[nodiscard]] std::uint64_t resets() const { return resets_; }
  [[nodiscard]] const Boundaries& boundaries() const { return boundaries_; }

 private:
  void take(Instant at, const Step& step);

  bool has_register_;
  double factor_;
  Integrator integrator_;
  RegisterDifference register_;
  JouleAccount account_;
  Boundaries boundaries_;
  std::uint64_t resets_ = 0;
};

}  // namespace pue::energy
