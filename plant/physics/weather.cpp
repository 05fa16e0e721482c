#include "plant/physics/weather.h"

#include <cmath>
#include <numbers>

namespace pue::plant {
namespace {

constexpr double k_seconds_per_day = 86'400.0;
constexpr double k_days_per_year = 365.0;
/// Of water vapour to dry air, by molar mass.
constexpr double k_mass_ratio = 0.62198;

/// Over water, in pascal (Buck).
double saturation_pressure(double celsius) {
  return 611.21 * std::exp((18.678 - celsius / 234.5) * celsius / (257.14 + celsius));
}

double humidity_ratio(double vapour_pascal, double pressure_pascal) {
  return k_mass_ratio * vapour_pascal / (pressure_pascal - vapour_pascal);
}

/// kJ per kg of dry air.
double enthalpy(double celsius, double ratio) { return 1.01 * celsius + ratio * (2500.0 + 1.84 * celsius); }

double hour_of_day(double seconds) { return std::fmod(seconds, k_seconds_per_day) / 3600.0; }

double day_wave(double seconds, double zero_at_hour) {
  return std::sin(2.0 * std::numbers::pi * (hour_of_day(seconds) - zero_at_hour) / 24.0);
}

}  // namespace

Celsius wet_bulb(Air air, double pressure_pascal) {
  const double dry = air.dry_bulb.value();
  const double target = enthalpy(dry, humidity_ratio(air.humidity * saturation_pressure(dry), pressure_pascal));
  double low = dry - 60.0;
  double high = dry;
  while (high - low > 1e-9) {
    const double middle = (low + high) / 2.0;
    const double saturated = enthalpy(middle, humidity_ratio(saturation_pressure(middle), pressure_pascal));
    (saturated > target ? high : low) = middle;
  }
  return Celsius{(low + high) / 2.0};
}

Celsius dew_point(Air air) {
  const double vapour = air.humidity * saturation_pressure(air.dry_bulb.value());
  double low = air.dry_bulb.value() - 100.0;
  double high = air.dry_bulb.value();
  while (high - low > 1e-9) {
    const double middle = (low + high) / 2.0;
    (saturation_pressure(middle) > vapour ? high : low) = middle;
  }
  return Celsius{(low + high) / 2.0};
}

Air weather_at(Seconds since_new_year) {
  const double seconds = since_new_year.value();
  const double day = std::fmod(seconds / k_seconds_per_day, k_days_per_year);
  const double season = std::sin(2.0 * std::numbers::pi * (day - 105.0) / k_days_per_year);
  const double daily = day_wave(seconds, 9.0);
  return {.dry_bulb = Celsius{10.5 + 14.0 * season + 5.0 * daily}, .humidity = 0.60 - 0.10 * daily};
}

double it_load_factor(Seconds since_new_year) { return 1.0 + 0.08 * day_wave(since_new_year.value(), 8.0); }

}  // namespace pue::plant
