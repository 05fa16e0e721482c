#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "agent/units/quantity.h"

/// How far the accuracy classes of meters and current transformers leave a PUE open.
///
/// A class's limit is taken as the half-width of a rectangular distribution, so its standard uncertainty is limit / √3;
/// a meter and its transformer combine in quadrature. Results are standard uncertainties, relative where not said
/// otherwise; a report prints the expanded one, two times that.
namespace pue::kpi {

/// The limits of a class on its way of connection, as ratios.
/// @return nothing for a class that is not known.
[[nodiscard]] std::optional<double> meter_class_limit(std::string_view accuracy_class);
[[nodiscard]] std::optional<double> transformer_class_limit(std::string_view ct_class);

/// Standard uncertainty of a meter behind its transformer. No transformer class: the meter is connected directly.
/// @return nothing while the meter's class is unknown, or the transformer's is given and unknown.
[[nodiscard]] std::optional<double> meter_uncertainty(std::string_view accuracy_class, std::string_view ct_class);

/// One meter's share of a sum.
struct Contribution {
  Joules energy;
  double uncertainty = 0.0;  ///< standard, relative
};
/// Relative standard uncertainty of a sum of meters whose errors have nothing to do with each other.
/// @return nothing while the sum is not above zero.
[[nodiscard]] std::optional<double> independent_uncertainty(std::span<const Contribution> meters);
/// The same where all errors go the same way: meters of one batch, transformers of one type.
[[nodiscard]] std::optional<double> correlated_uncertainty(std::span<const Contribution> meters);

/// Form A, total and IT measured independently of each other: absolute standard uncertainty of the PUE.
[[nodiscard]] double pue_uncertainty(double pue, double total, double it);
/// Form B, the total is IT plus sub-metered overhead: errors of IT meters cancel in part.
[[nodiscard]] double pue_uncertainty_submetered(double pue, double overhead, double it);

inline constexpr double k_coverage_factor = 2.0;  ///< of the expanded uncertainty: about 95 %

}  // namespace pue::kpi
