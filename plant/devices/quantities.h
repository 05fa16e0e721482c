#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/units/quantity.h"
#include "plant/physics/facility.h"

namespace pue::plant {

/// What one device measures, as SI values by the names of profile points. Owned by the plant's thread.
class Quantities {
 public:
  virtual ~Quantities() = default;

  /// Shows the values of `point` for the next `step`; what is counted grows by what was shown during the last one.
  virtual void advance(const OperatingPoint& point, Seconds step) = 0;
  /// @return the value of a profile's point; nothing where this device has none.
  [[nodiscard]] virtual std::optional<double> value(std::string_view point) const = 0;

  /// The current transformers are turned round.
  virtual void reverse(bool) {}
  virtual void restart_registers(Joules) {}
  /// What is true of its circuit, whatever it shows.
  [[nodiscard]] virtual Watts watts() const { return {}; }
  [[nodiscard]] virtual Joules joules() const { return {}; }
};

/// An electricity meter on a three-phase circuit of 400 V, or on one phase of 230 V. The phases are balanced, so that
/// they sum to the total; currents and apparent powers follow from a fixed power factor.
class ElectricMeter : public Quantities {
 public:
  using Circuit = std::function<Watts(const OperatingPoint&)>;

  /// @param first_register what the import register shows at the start: meters are older than the plant.
  ElectricMeter(Circuit circuit, unsigned phases, double power_factor, Joules first_register)
      : circuit_(std::move(circuit)), phases_(phases), power_factor_(power_factor), imported_(first_register) {}

  void advance(const OperatingPoint& point, Seconds step) override;
  [[nodiscard]] std::optional<double> value(std::string_view point) const override;
  void reverse(bool reversed) override { reversed_ = reversed; }
  void restart_registers(Joules first) override;
  [[nodiscard]] Watts watts() const override { return power_; }
  [[nodiscard]] Joules joules() const override { return true_energy_; }

 private:
  [[nodiscard]] std::optional<double> power_value(std::string_view point) const;
  [[nodiscard]] std::optional<double> energy_value(std::string_view point) const;

  Circuit circuit_;
  unsigned phases_;
  double power_factor_;
  Watts power_;
  Joules true_energy_;
  Joules imported_;
  Joules exported_;
  bool reversed_ = false;
};

/// A drive of some motors: what it shows is the motors' side, without its own losses, as such devices count.
class Drive : public ElectricMeter {
 public:
  /// @param drawn from the supply
  /// @param efficiency of the drive
  Drive(const Circuit& drawn, double efficiency, Joules first_register);

  void advance(const OperatingPoint& point, Seconds step) override;
  [[nodiscard]] std::optional<double> value(std::string_view point) const override;

 private:
  Watts most_;  ///< so far: what full speed is held to be
  Seconds run_;
};

/// A device that shows some values of the operating point under the names of its profile.
class Sensor : public Quantities {
 public:
  using Reading = std::function<double(const OperatingPoint&)>;
  using Readings = std::map<std::string, Reading, std::less<>>;

  explicit Sensor(Readings readings) : readings_(std::move(readings)) {}

  void advance(const OperatingPoint& point, Seconds) override { point_ = point; }
  [[nodiscard]] std::optional<double> value(std::string_view point) const override;

 private:
  Readings readings_;
  OperatingPoint point_;
};

}  // namespace pue::plant
