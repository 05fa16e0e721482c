#pragma once

#include "agent/units/quantity.h"

/// The parts of a power and cooling plant, each as a function of its load. Pure; the formulas and their sources are in
/// docs/plant.md.
namespace pue::plant {

/// Losses of UPS modules that share a load: rating * (no_load + linear * l + square * l^2), l = output / rating.
struct UpsCurve {
  double no_load = 0.010;
  double linear = 0.012;
  double square = 0.018;
};
inline constexpr UpsCurve k_double_conversion{0.010, 0.012, 0.018};
inline constexpr UpsCurve k_eco_mode{0.004, 0.003, 0.003};
inline constexpr UpsCurve k_old_ups{0.020, 0.020, 0.030};

[[nodiscard]] Watts ups_loss(UpsCurve curve, Watts rating, Watts output);

/// Dry-type distribution transformer: rating * (no load 0.13 % + 0.68 % * (S / rating)^2).
/// @param rating in VA.
[[nodiscard]] Watts transformer_loss(Watts rating, Watts load, double power_factor);

/// Fans and pumps on drives: power at full flow times the flow's share to a power, never below a least flow.
[[nodiscard]] Watts driven_power(Watts design_power, double flow_share, double least_share, double exponent);

/// Coefficient of performance as a share of Carnot's, with 1.5 K at the evaporator, 8 K at the condenser, and at least
/// 8 K of lift.
[[nodiscard]] double carnot_cop(double share_of_carnot, Celsius chilled_water, Celsius condenser_water);

/// Power at part load over power at full load (compressors on drives).
[[nodiscard]] double part_load_power(double part_load_ratio);

/// DOE-2 centrifugal chiller of COP 5.5.
struct Doe2Chiller {
  Watts capacity;

  /// The curves hold for chilled water of 5 to 10 °C and condenser water of 24 to 35 °C; arguments are held to that.
  [[nodiscard]] Watts power(Watts heat, Celsius chilled_water, Celsius condenser_water) const;
  [[nodiscard]] static double capacity_factor(Celsius chilled_water, Celsius condenser_water);
  [[nodiscard]] static double energy_input_factor(Celsius chilled_water, Celsius condenser_water);
};

/// Share of the heat that the outdoor air takes without a chiller.
/// @param reachable chilled water temperature without a chiller (wet bulb plus both approaches).
[[nodiscard]] double economiser_share(Celsius reachable, Celsius supply, Celsius return_water);

/// Flow of a tower's fans, which slow down once the water is colder than free cooling needs.
/// @param colder kelvins that the tower could stay below the water wanted; 0 or less: full flow for the heat.
[[nodiscard]] double free_cooling_flow(double colder);

/// Heat capacity flow: what a stream of water carries at a temperature difference.
[[nodiscard]] CubicMetersPerSecond water_flow(Watts heat, double kelvin);

/// Water that a cooling tower evaporates, blows down and loses as drift.
[[nodiscard]] CubicMetersPerSecond tower_make_up(Watts rejected, double cycles_of_concentration, double drift_of_flow);

/// Between a tower's inlet and outlet, in kelvin.
inline constexpr double k_tower_range = 5.0;

}  // namespace pue::plant
