#pragma once

#include <array>
#include <optional>
#include <span>

#include "agent/kpi/pue.h"
#include "agent/units/quantity.h"

/// Chinese figures: GB 40879-2021 and the score of the national green data centres.
namespace pue::kpi {

/// One operating point of GB 40879's method 1: how much of the year the city spends near it, and the powers there.
struct OperatingPoint {
  double share = 0.0;  ///< T_k; the five add up to 1
  Watts total;
  Watts it;
};

/// A year's energy by method 1: 8760 hours, each point for its share.
struct CharacteristicYear {
  Joules total;
  Joules it;
};
[[nodiscard]] constexpr CharacteristicYear characteristic_year(std::span<const OperatingPoint> points) {
  constexpr Seconds year{8760.0 * 3600.0};
  CharacteristicYear energy;
  for (const auto& point : points) {
    energy.total += point.share * (point.total * year);
    energy.it += point.share * (point.it * year);
  }
  return energy;
}

/// RM1, by five points. RM2, by a year's energies, is power_usage_effectiveness().
[[nodiscard]] constexpr std::optional<double> rm1(std::span<const OperatingPoint> points) {
  const auto energy = characteristic_year(points);
  return power_usage_effectiveness(energy.total, energy.it);
}

/// GB 40879-2021's grade: 1 to 1.20, 2 to 1.30, 3 to 1.50.
/// @return nothing above the limit.
[[nodiscard]] constexpr std::optional<int> gb40879_grade(double ratio) {
  constexpr std::array limits{1.20, 1.30, 1.50};
  for (std::size_t i = 0; i < limits.size(); ++i) {
    if (ratio <= limits[i]) return static_cast<int>(i) + 1;
  }
  return std::nullopt;
}

/// Points of the energy efficiency item of the national green data centre rules: 80 - 20 PUE, 0 to 60.
[[nodiscard]] constexpr double green_data_centre_score(double pue) {
  const double score = 80.0 - 20.0 * pue;
  return score < 0.0 ? 0.0 : (score > 60.0 ? 60.0 : score);
}

/// Points for how far the design IT power is used: 3 from 70 %, 2 from 50 %, 1 from 30 %.
[[nodiscard]] constexpr int load_usage_score(double rate) {
  if (rate >= 0.7) return 3;
  if (rate >= 0.5) return 2;
  return rate >= 0.3 ? 1 : 0;
}

}  // namespace pue::kpi
