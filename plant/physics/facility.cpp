#include "plant/physics/facility.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace pue::plant {
namespace {

unsigned running_chillers(const Parameters& p, Watts heat) {
  if (heat <= Watts{0.0}) return 0;
  return static_cast<unsigned>(std::max(1.0, std::ceil(heat / (p.chiller_capacity * p.chiller_full))));
}

Watts chiller_power(const Parameters& p, Watts heat, double cop, unsigned running) {
  if (running == 0) return Watts{0.0};
  const Watts capacity = p.chiller_capacity * running;
  return capacity / cop * part_load_power(heat / capacity);
}

/// Power of a fan or a pump that moves `heat`.
Watts moving_power(const Parameters& p, Watts design, Watts heat, double least_flow) {
  return p.fixed_speed ? design : driven_power(design, heat / p.design_heat, least_flow, p.flow_exponent);
}

void feed(const Parameters& p, OperatingPoint& at) {
  at.distribution_loss = at.it * p.distribution_loss;
  at.ups_output = at.it + at.distribution_loss;
  at.pdu_output = at.ups_output - at.distribution_loss * p.distribution_loss_in_pdu;
  at.ups_loss = ups_loss(p.ups, p.ups_rating, at.ups_output);
  at.ups_input = at.ups_output + at.ups_loss;
  at.lighting = p.lighting;
  at.other = p.other;
}

void move_heat(const Parameters& p, OperatingPoint& at) {
  const Watts hall_heat = at.ups_input + (at.lighting + at.other) * p.auxiliaries_in_halls;
  at.crah_fans = moving_power(p, p.fan_power, hall_heat, p.least_fan_flow);
  at.cooling_heat = hall_heat + at.crah_fans;
  at.chilled_water_pumps = moving_power(p, p.chilled_water_pump, at.cooling_heat, p.least_pump_flow);
  at.condenser_water_pumps = moving_power(p, p.condenser_water_pump, at.cooling_heat, p.least_pump_flow);
}

void chill(const Parameters& p, OperatingPoint& at) {
  const Celsius tower_water = at.wet_bulb + Celsius{p.tower_approach};
  const Celsius reachable = tower_water + Celsius{p.exchanger_approach};
  const Celsius return_water = p.chilled_water + Celsius{p.chilled_water_range};
  at.economiser_share = p.economiser ? economiser_share(reachable, p.chilled_water, return_water) : 0.0;
  const Watts heat = at.cooling_heat * (1.0 - at.economiser_share);
  const double cop = carnot_cop(p.share_of_carnot, p.chilled_water, std::max(tower_water, p.least_condenser_water));
  at.chillers_running = running_chillers(p, heat);
  at.chillers = chiller_power(p, heat, cop, at.chillers_running);
  at.chiller_cop = at.chillers_running > 0 ? heat / at.chillers : 0.0;
  at.rejected_heat = at.cooling_heat + at.chillers;

  const double colder = at.economiser_share < 1.0 ? 0.0 : (p.chilled_water - reachable).value();
  const double flow = at.rejected_heat / (1.2 * p.design_heat) * free_cooling_flow(colder);
  at.tower_fans = p.fixed_speed ? p.tower_fan : driven_power(p.tower_fan, flow, p.least_tower_flow, 3.0);
  at.make_up_water = tower_make_up(at.rejected_heat, p.cycles_of_concentration, p.drift_of_flow);
}

}  // namespace

OperatingPoint operate(const Parameters& p, Watts it, Air air) {
  OperatingPoint at;
  at.air = air;
  at.wet_bulb = wet_bulb(air);
  at.it = it;
  feed(p, at);
  move_heat(p, at);
  chill(p, at);
  const Watts low_voltage = at.ups_input + at.cooling() + at.lighting + at.other;
  at.transformer_loss = transformer_loss(p.transformer_rating, low_voltage, p.power_factor);
  at.total = low_voltage + at.transformer_loss;
  return at;
}

Parameters modern() { return {}; }

Parameters mid() {
  Parameters p;
  p.name = "mid";
  p.ups = k_old_ups;
  p.chilled_water = Celsius{12.0};
  return p;
}

Parameters legacy() {
  Parameters p;
  p.name = "legacy";
  p.ups = k_old_ups;
  p.chilled_water = Celsius{7.0};
  p.economiser = false;
  p.share_of_carnot = 0.45;
  p.fixed_speed = true;
  p.least_condenser_water = Celsius{20.6116};
  return p;
}

std::optional<Parameters> profile_named(std::string_view name) {
  for (auto& parameters : std::array{modern(), mid(), legacy()}) {
    if (parameters.name == name) return parameters;
  }
  return std::nullopt;
}

Year synthetic_year(const Parameters& p) {
  Year year;
  double total = 0.0;
  double it = 0.0;
  double water = 0.0;
  for (unsigned hour = 0; hour < 8760; ++hour) {
    const Seconds time{hour * 3600.0};
    const auto at = operate(p, p.mean_it * it_load_factor(time), weather_at(time));
    total += at.total.value();
    it += at.it.value();
    water += at.make_up_water.value();
    if (at.economiser_share >= 1.0) {
      ++year.economiser_hours;
    } else if (at.economiser_share > 0.0) {
      ++year.partial_hours;
    }
  }
  year.pue = total / it;
  year.water_usage = water * 1000.0 / (it / 3.6e6);
  return year;
}

}  // namespace pue::plant
