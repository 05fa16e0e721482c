#pragma once

#include "agent/report/gathered.h"
#include "agent/report/report.h"

/// The figures of a report, from what was gathered. Each fills its part of the report; they run in this order.
namespace pue::report {

/// Categories' PUE over the period and by month, with coverage and uncertainty; the load duration.
void fill_pue(const Gathered& gathered, const civil::Zone& zone, Report& report);

/// Emissions and CUE.
void fill_carbon(const Gathered& gathered, Report& report);

/// REF, ERF, ERE, CER, WUE, MLC, ELC.
void fill_family(const Gathered& gathered, Report& report);

/// GB 40879 and the fields of (EU) 2024/1364.
void fill_national(const Gathered& gathered, const civil::Zone& zone, Report& report);

/// Certificates of a kind whose time lies in the period.
[[nodiscard]] Joules certified(const Report& report, std::string_view kind);

/// A figure made of what the meters of `needs` recorded. Where they cover less than nine tenths of the period, a sum
/// would pass for the period's and be less: it is withheld, as a PUE is, with the meters that lack.
[[nodiscard]] Figure of_covered(const Gathered& gathered, std::size_t needs, double value);

/// @return the lowest category whose IT energy is measured; 0: none.
[[nodiscard]] int first_category(const Report& report);

inline constexpr double k_cubic_meters_per_milliliter = 1e-6;

[[nodiscard]] inline Joules joules(std::int64_t whole) { return Joules{static_cast<double>(whole)}; }

[[nodiscard]] inline Figure withheld(Reason reason, std::vector<std::string> subjects = {}, double number = 0.0) {
  return {std::nullopt, Withheld{reason, std::move(subjects), number}};
}
/// @return the value, or that its denominator was not above zero.
[[nodiscard]] inline Figure figure(std::optional<double> value) {
  return value ? Figure{value, std::nullopt} : withheld(Reason::zero);
}

}  // namespace pue::report
