#include "plant/devices/quantities.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pue::plant {
namespace {

constexpr double k_phase_volts = 230.0;

bool begins(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

bool is_phase(std::string_view point) {
  return point.size() > 3 && point[point.size() - 3] == '_' && point[point.size() - 2] == 'l' && point.back() >= '1' &&
         point.back() <= '3';
}

}  // namespace

void ElectricMeter::advance(const OperatingPoint& point, Seconds step) {
  const Joules passed = power_ * step;
  true_energy_ += passed;
  (reversed_ ? exported_ : imported_) += passed;
  power_ = circuit_(point);
}

void ElectricMeter::restart_registers(Joules first) {
  imported_ = first;
  exported_ = Joules{};
}

std::optional<double> ElectricMeter::value(std::string_view point) const {
  if (begins(point, "energy_")) return energy_value(point);
  if (begins(point, "power_")) return power_value(point);
  const double amperes = power_.value() / phases_ / power_factor_ / k_phase_volts;
  if (point == "frequency") return 50.0;
  if (point == "voltage_l1_n" || point == "voltage_ln_avg") return k_phase_volts;
  if (point == "current_l1" || point == "current_avg") return amperes;
  if (point == "current_sum" || point == "current_total") return amperes * phases_;
  if (point == "device_temperature") return 35.0;
  if (begins(point, "thd_voltage")) return 0.021;
  if (begins(point, "thd_current")) return 0.048;
  if (phases_ == 1) return std::nullopt;
  if (point == "current_n") return 0.0;
  if (point == "current_l2" || point == "current_l3") return amperes;
  if (point == "voltage_l2_n" || point == "voltage_l3_n") return k_phase_volts;
  if (point == "voltage_l1_l2" || point == "voltage_l2_l3" || point == "voltage_l3_l1" || point == "voltage_ll_avg") {
    return k_phase_volts * std::numbers::sqrt3;
  }
  return std::nullopt;
}

std::optional<double> ElectricMeter::power_value(std::string_view point) const {
  const double sign = reversed_ ? -1.0 : 1.0;
  const double share = is_phase(point) ? 1.0 / phases_ : 1.0;
  if (is_phase(point) && phases_ == 1 && point.back() != '1') return std::nullopt;
  const double watts = sign * power_.value() * share;
  const double apparent = power_.value() * share / power_factor_;
  if (begins(point, "power_active")) return watts;
  if (begins(point, "power_apparent")) return apparent;
  if (begins(point, "power_reactive")) return sign * apparent * std::sqrt(1.0 - power_factor_ * power_factor_);
  if (begins(point, "power_factor")) return sign * power_factor_;
  return std::nullopt;
}

std::optional<double> ElectricMeter::energy_value(std::string_view point) const {
  if (is_phase(point) && phases_ == 1 && point.back() != '1') return std::nullopt;
  if (point.find("_t2") != std::string_view::npos) return 0.0;
  const double share = is_phase(point) ? 1.0 / phases_ : 1.0;
  const double reactive = std::sqrt(1.0 - power_factor_ * power_factor_) / power_factor_;
  const double imported = imported_.value() * share;
  const double exported = exported_.value() * share;
  if (begins(point, "energy_active_import")) return imported;
  if (begins(point, "energy_active_export")) return exported;
  if (begins(point, "energy_active_sum") || begins(point, "energy_active_total")) return imported + exported;
  if (begins(point, "energy_reactive_import")) return imported * reactive;
  if (begins(point, "energy_reactive_export")) return exported * reactive;
  if (begins(point, "energy_apparent")) return imported / power_factor_;
  return std::nullopt;
}

Drive::Drive(const Circuit& drawn, double efficiency, Joules first_register)
    : ElectricMeter([=](const OperatingPoint& at) { return drawn(at) * efficiency; }, 3, 0.88, first_register) {}

void Drive::advance(const OperatingPoint& point, Seconds step) {
  if (watts() > Watts{}) run_ += step;
  ElectricMeter::advance(point, step);
  most_ = std::max(most_, watts());
}

std::optional<double> Drive::value(std::string_view point) const {
  // a compressor's power goes about with the square of its speed, and the voltage with the frequency
  const double speed = most_ > Watts{} ? std::sqrt(watts() / most_) : 0.0;
  if (point == "output_frequency") return 50.0 * speed;
  if (point == "voltage_motor") return 400.0 * speed;
  if (point == "temperature_heatsink") return 35.0 + 20.0 * speed;
  if (point == "running_hours") return 8'760.0 * 3'600.0 + run_.value();
  return ElectricMeter::value(point);
}

std::optional<double> Sensor::value(std::string_view point) const {
  const auto found = readings_.find(point);
  if (found == readings_.end()) return std::nullopt;
  return found->second(point_);
}

}  // namespace pue::plant
