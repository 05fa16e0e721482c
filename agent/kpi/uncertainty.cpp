#include "agent/kpi/uncertainty.h"

#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace pue::kpi {
namespace {

using Row = std::pair<std::string_view, double>;

// Limits at unity power factor from 5 % of the rated current on (IEC 62053-22, -21; IEC 61557-12 uses the same
// numbers).
constexpr std::array k_meter_classes{Row{"0.1S", 0.001}, Row{"0.1", 0.001}, Row{"0.2S", 0.002}, Row{"0.2", 0.002},
                                     Row{"0.5S", 0.005}, Row{"0.5", 0.005}, Row{"C", 0.005},    Row{"1", 0.01},
                                     Row{"1.0", 0.01},   Row{"B", 0.01},    Row{"2", 0.02},     Row{"2.0", 0.02},
                                     Row{"A", 0.02}};
// IEC 61869-2 at 20 % to 120 % of the rated current; class 0.5 and 1 reach theirs at 100 % only.
constexpr std::array k_transformer_classes{Row{"0.1", 0.001}, Row{"0.2S", 0.002}, Row{"0.2", 0.002}, Row{"0.5S", 0.005},
                                           Row{"0.5", 0.005}, Row{"1", 0.01},     Row{"1.0", 0.01},  Row{"3", 0.03}};

template <std::size_t N>
std::optional<double> limit_of(const std::array<Row, N>& rows, std::string_view name) {
  for (const auto& [known, limit] : rows) {
    if (known == name) return limit;
  }
  return std::nullopt;
}

double standard(double limit) { return limit / std::numbers::sqrt3; }

}  // namespace

std::optional<double> meter_class_limit(std::string_view accuracy_class) {
  return limit_of(k_meter_classes, accuracy_class);
}

std::optional<double> transformer_class_limit(std::string_view ct_class) {
  return limit_of(k_transformer_classes, ct_class);
}

std::optional<double> meter_uncertainty(std::string_view accuracy_class, std::string_view ct_class) {
  const auto meter = meter_class_limit(accuracy_class);
  if (!meter) return std::nullopt;
  if (ct_class.empty()) return standard(*meter);
  const auto transformer = transformer_class_limit(ct_class);
  if (!transformer) return std::nullopt;
  return std::hypot(standard(*meter), standard(*transformer));
}

std::optional<double> independent_uncertainty(std::span<const Contribution> meters) {
  double sum = 0.0;
  double squares = 0.0;
  for (const auto& meter : meters) {
    sum += meter.energy.value();
    squares += meter.energy.value() * meter.energy.value() * meter.uncertainty * meter.uncertainty;
  }
  if (!(sum > 0.0)) return std::nullopt;
  return std::sqrt(squares) / sum;
}

std::optional<double> correlated_uncertainty(std::span<const Contribution> meters) {
  double sum = 0.0;
  double errors = 0.0;
  for (const auto& meter : meters) {
    sum += meter.energy.value();
    errors += std::abs(meter.energy.value()) * meter.uncertainty;
  }
  if (!(sum > 0.0)) return std::nullopt;
  return errors / sum;
}

double pue_uncertainty(double pue, double total, double it) { return std::abs(pue) * std::hypot(total, it); }

double pue_uncertainty_submetered(double pue, double overhead, double it) {
  return std::abs(pue - 1.0) * std::hypot(overhead, it);
}

}  // namespace pue::kpi
