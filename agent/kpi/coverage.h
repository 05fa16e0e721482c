#pragma once

#include <cstdint>
#include <string_view>

/// How far a figure is covered by measurements.
namespace pue::kpi {

enum class CoverageGrade : std::uint8_t {
  audit_grade,     ///< nearly complete
  with_estimates,  ///< usable, with its gaps and estimates named
  insufficient,    ///< no figure of a year; interim only
};

[[nodiscard]] constexpr std::string_view name_of(CoverageGrade grade) {
  switch (grade) {
    case CoverageGrade::audit_grade:
      return "audit-grade";
    case CoverageGrade::with_estimates:
      return "with-estimates";
    case CoverageGrade::insufficient:
      break;
  }
  return "insufficient";
}

/// The grade of a year's figure: from 98 % with no gap above 72 hours, from 90 %, below. The standards that were seen
/// give no limits; these are the agent's own (docs/report.md).
/// @param coverage counted time over all time, 0 to 1.
/// @param longest_gap_hours without a counted quarter-hour.
/// @param estimated_share of the energy: what is estimated is counted, but not measured.
[[nodiscard]] constexpr CoverageGrade year_grade(double coverage, double longest_gap_hours, double estimated_share) {
  const double measured = coverage * (1.0 - estimated_share);
  if (measured >= 0.98 && longest_gap_hours <= 72.0) return CoverageGrade::audit_grade;
  return coverage >= 0.90 ? CoverageGrade::with_estimates : CoverageGrade::insufficient;
}

/// The same for a month, which is audit-grade from 95 %.
[[nodiscard]] constexpr CoverageGrade month_grade(double coverage, double estimated_share) {
  if (coverage * (1.0 - estimated_share) >= 0.95) return CoverageGrade::audit_grade;
  return coverage >= 0.90 ? CoverageGrade::with_estimates : CoverageGrade::insufficient;
}

}  // namespace pue::kpi
