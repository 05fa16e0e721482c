#include "plant/physics/components.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace pue::plant {
namespace {

constexpr double k_kelvin = 273.15;

double biquadratic(const std::array<double, 6>& c, double x, double y) {
  return c[0] + c[1] * x + c[2] * x * x + c[3] * y + c[4] * y * y + c[5] * x * y;
}

}  // namespace

Watts ups_loss(UpsCurve curve, Watts rating, Watts output) {
  const double load = output / rating;
  return rating * (curve.no_load + curve.linear * load + curve.square * load * load);
}

Watts transformer_loss(Watts rating, Watts load, double power_factor) {
  const double share = load / power_factor / rating;
  return rating * (0.0013 + 0.0068 * share * share);
}

Watts driven_power(Watts design_power, double flow_share, double least_share, double exponent) {
  return design_power * std::pow(std::max(least_share, flow_share), exponent);
}

double carnot_cop(double share_of_carnot, Celsius chilled_water, Celsius condenser_water) {
  const Celsius evaporating = chilled_water - Celsius{1.5};
  const Celsius condensing = condenser_water + Celsius{8.0};
  const double lift = std::max(8.0, (condensing - evaporating).value());
  return share_of_carnot * (evaporating.value() + k_kelvin) / lift;
}

double part_load_power(double part_load_ratio) {
  return 0.222903 + 0.313387 * part_load_ratio + 0.463710 * part_load_ratio * part_load_ratio;
}

double Doe2Chiller::capacity_factor(Celsius chilled_water, Celsius condenser_water) {
  return biquadratic({0.257896, 0.0389016, -0.00021708, 0.0468684, -0.00094284, -0.00034344},
                     std::clamp(chilled_water.value(), 5.0, 10.0), std::clamp(condenser_water.value(), 24.0, 35.0));
}

double Doe2Chiller::energy_input_factor(Celsius chilled_water, Celsius condenser_water) {
  return biquadratic({0.933884, -0.058212, 0.00450036, 0.00243, 0.000486, -0.001215},
                     std::clamp(chilled_water.value(), 5.0, 10.0), std::clamp(condenser_water.value(), 24.0, 35.0));
}

Watts Doe2Chiller::power(Watts heat, Celsius chilled_water, Celsius condenser_water) const {
  constexpr double cop = 5.5;
  const Watts available = capacity * capacity_factor(chilled_water, condenser_water);
  const double ratio = heat / available;
  return available / cop * energy_input_factor(chilled_water, condenser_water) * part_load_power(ratio);
}

double economiser_share(Celsius reachable, Celsius supply, Celsius return_water) {
  return std::clamp((return_water - reachable) / (return_water - supply), 0.0, 1.0);
}

double free_cooling_flow(double colder) { return std::pow(std::clamp(1.0 - 0.119 * colder, 0.0, 1.0), 0.4); }

CubicMetersPerSecond water_flow(Watts heat, double kelvin) {
  constexpr double joules_per_cubic_meter_kelvin = 4.186e6;
  return CubicMetersPerSecond{heat.value() / (joules_per_cubic_meter_kelvin * kelvin)};
}

CubicMetersPerSecond tower_make_up(Watts rejected, double cycles_of_concentration, double drift_of_flow) {
  constexpr double evaporated_share = 0.85;          // the rest leaves as warm air
  constexpr double joules_per_cubic_meter = 2.45e9;  // heat of vaporisation, water of 1000 kg/m3
  const double evaporation = evaporated_share * rejected.value() / joules_per_cubic_meter;
  const double make_up = evaporation * cycles_of_concentration / (cycles_of_concentration - 1.0);
  return CubicMetersPerSecond{make_up} + water_flow(rejected, k_tower_range) * drift_of_flow;
}

}  // namespace pue::plant
