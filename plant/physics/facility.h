#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plant/physics/components.h"
#include "plant/physics/weather.h"

/// A facility as a model: what it draws, cools and evaporates at an IT load and a weather. Pure: no clock, no state.
namespace pue::plant {

/// What the facility is built of. The defaults are the modern profile (PUE 1.15 over the synthetic year).
struct Parameters {
  std::string name = "modern";
  Watts design_it{2.0e6};
  Watts mean_it{1.2e6};

  double distribution_loss = 0.005;       ///< of IT power, between UPS output and racks
  double distribution_loss_in_pdu = 0.6;  ///< portion of it upstream of the PDUs' output meters
  UpsCurve ups = k_double_conversion;
  Watts ups_rating{3.0e6};          ///< of all modules that run: six of 500 kW
  Watts transformer_rating{5.0e6};  ///< VA, two of 2.5 MVA
  double power_factor = 0.97;

  Watts design_heat{2.12e6};  ///< from the halls, 6 % above the design IT power; all flows refer to it
  Watts fan_power{100.0e3};   ///< CRAH fans at design flow
  double least_fan_flow = 0.4;
  double flow_exponent = 2.7;  ///< of fans and pumps; ideal would be 3
  bool fixed_speed = false;    ///< fans and pumps without drives

  Celsius chilled_water{16.0};
  double chilled_water_range = 6.0;  ///< K
  Watts chilled_water_pump{40.0e3};
  Watts condenser_water_pump{50.0e3};
  double least_pump_flow = 0.5;

  bool economiser = true;
  double tower_approach = 4.0;      ///< K
  double exchanger_approach = 2.0;  ///< K

  double share_of_carnot = 0.55;
  Watts chiller_capacity{1.2e6};        ///< of one machine
  double chiller_full = 0.9;            ///< load share at which the next machine starts
  Celsius least_condenser_water{18.0};  ///< what the machines need for their lift

  Watts tower_fan{40.0e3};
  double least_tower_flow = 0.2;
  double cycles_of_concentration = 5.0;
  double drift_of_flow = 2e-5;

  double auxiliaries_in_halls = 0.5;  ///< share of lighting and other that becomes heat in the halls
  Watts lighting{8.0e3};
  Watts other{12.0e3};  ///< building management, security
};

[[nodiscard]] Parameters modern();
[[nodiscard]] Parameters mid();
[[nodiscard]] Parameters legacy();
/// @return the profile of that name.
[[nodiscard]] std::optional<Parameters> profile_named(std::string_view name);

/// One moment of a facility. Powers are electrical unless their name says heat.
struct OperatingPoint {
  Air air;
  Celsius wet_bulb;
  Watts it;          ///< at the racks (category 3)
  Watts pdu_output;  ///< category 2
  Watts ups_output;  ///< category 1
  Watts ups_input;
  Watts distribution_loss;
  Watts ups_loss;
  Watts transformer_loss;
  Watts crah_fans;
  Watts chilled_water_pumps;
  Watts condenser_water_pumps;
  Watts chillers;
  Watts tower_fans;
  Watts lighting;
  Watts other;
  Watts total;          ///< at the transformers' primary side
  Watts cooling_heat;   ///< taken from the halls by the chilled water
  Watts rejected_heat;  ///< at the towers
  double economiser_share = 0.0;
  double chiller_cop = 0.0;  ///< 0 while no chiller runs
  unsigned chillers_running = 0;
  CubicMetersPerSecond make_up_water;

  [[nodiscard]] Watts cooling() const {
    return crah_fans + chilled_water_pumps + condenser_water_pumps + chillers + tower_fans;
  }
  [[nodiscard]] double pue() const { return total / it; }
  [[nodiscard]] double mechanical_load_component() const { return cooling() / it; }
  [[nodiscard]] double electrical_loss_component() const {
    return (distribution_loss + ups_loss + transformer_loss) / it;
  }
  [[nodiscard]] double cooling_efficiency() const { return cooling_heat / cooling(); }
  /// Litres per kWh of IT.
  [[nodiscard]] double water_usage() const { return make_up_water.value() * 1000.0 / (it.value() / 3.6e6); }
};

/// @param it load at the racks; above zero.
[[nodiscard]] OperatingPoint operate(const Parameters& parameters, Watts it, Air air);

/// The synthetic year, hour by hour.
struct Year {
  double pue = 0.0;          ///< energy over energy
  double water_usage = 0.0;  ///< litres per kWh of IT
  unsigned economiser_hours = 0;
  unsigned partial_hours = 0;
};
[[nodiscard]] Year synthetic_year(const Parameters& parameters);

}  // namespace pue::plant
