#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/civil/zone.h"
#include "agent/kpi/coverage.h"
#include "agent/ledger/record.h"
#include "agent/report/request.h"
#include "agent/units/quantity.h"
#include "config/report_settings.h"

/// A report as a value: everything that its writers print, in no language. Made by Computation (compute.h).
namespace pue::report {

/// Why a figure is not given.
enum class Reason : std::uint8_t {
  no_meter,        ///< nobody measures it: subjects are roles
  no_records,      ///< required meters have no record in the period: subjects are meters
  coverage,        ///< below 90 % of the period; number is the coverage
  no_common_time,  ///< no quarter-hour in which all required meters are covered
  zero,            ///< the denominator is not above zero
  not_configured,  ///< subjects are keys of the configuration
  not_twelve_months,
  unknown_class,  ///< of the accuracy of a meter or its transformer: subjects are meters
};
struct Withheld {
  Reason reason = Reason::no_meter;
  std::vector<std::string> subjects;
  double number = 0.0;
};

/// A value, or why there is none.
struct Figure {
  std::optional<double> value;
  std::optional<Withheld> withheld;
};

/// One category's PUE over a span.
struct PueFigure {
  int category = 1;
  Figure value;
  Figure uncertainty;             ///< expanded (k = 2), of independent meters
  Figure uncertainty_correlated;  ///< the same where the errors of all meters of a side go the same way
  bool submetered = false;        ///< by form B
  double coverage = 0.0;
  double longest_gap_hours = 0.0;
  double estimated_share = 0.0;   ///< the larger of those of total and IT
  double integrated_share = 0.0;  ///< likewise
  Joules total;                   ///< over the counted quarter-hours, as the view takes it
  Joules it;
  bool implausible = false;  ///< below 1
  /// Required meters with a record over a gap that begins before the span or ends after it: measured energy, but how
  /// much of it fell into the span is not known.
  std::vector<std::string> spread_over_edge;
  kpi::CoverageGrade grade = kpi::CoverageGrade::insufficient;
};

struct Month {
  civil::Span span;
  std::vector<PueFigure> pue;  ///< in the order of Report::pue
};

/// A meter's part of the period.
struct MeterReport {
  std::string name;
  ledger::MeterRecord record;  ///< as last in force
  std::int64_t whole = 0;      ///< in its unit, recorded in the period
  std::int64_t integrated = 0;
  std::int64_t substituted = 0;
  double coverage = 0.0;
  std::int64_t gaps = 0;  ///< runs of quarter-hours that are not covered in full
  double longest_gap_hours = 0.0;
  std::optional<std::int64_t> first_register;  ///< at the period's beginning, or the first known inside it
  std::optional<std::int64_t> last_register;
  civil::UnixMs first_register_time = 0;
  civil::UnixMs last_register_time = 0;
  std::int64_t resets = 0;  ///< records with that quality
  std::int64_t rollovers = 0;
  std::int64_t replaced = 0;
  std::int64_t gap_filled = 0;
  std::int64_t imported = 0;
  std::int64_t corrected = 0;
  std::int64_t rows = 0;
  std::optional<double> mean;           ///< of a temperature, degrees
  std::vector<double> coverage_by_day;  ///< 0 to 1, in the order of Report::days
};

/// Mean powers of quarter-hours that count, largest first, at 101 places from the largest to the least.
struct LoadDuration {
  std::vector<double> total_watts;
  std::vector<double> it_watts;
};

/// Energy that each role recorded in the period, joules; water in milliliters.
using ByRole = std::map<std::string, std::int64_t>;

struct Carbon {
  Figure scope1;  ///< grams
  Figure scope2_location;
  Figure scope2_market;
  Figure cue;                         ///< grams per joule of IT energy, scope 1 and location-based scope 2
  std::optional<double> grid_factor;  ///< grams per joule
  std::string grid_factor_year;
  std::string grid_factor_source;
  double diesel_cubic_meters = 0.0;
  double gas_cubic_meters = 0.0;
};

struct Gb40879 {
  Figure rm1;
  Figure rm2;
  std::optional<int> grade;
  bool graded_by_rm1 = false;
  Figure score;            ///< national green data centre, energy efficiency item
  Figure load_usage_rate;  ///< mean IT power over design
  std::optional<int> load_usage_score;
};

/// Fields of (EU) 2024/1364.
struct EuFields {
  Figure installed_it;  ///< watts, time-weighted
  bool installed_it_is_design = false;
  Figure total;       ///< joules
  Figure backup;      ///< joules of generators and their diesel
  Figure it;          ///< joules, category 1
  Figure water;       ///< cubic meters
  Figure reuse;       ///< joules
  Joules guarantees;  ///< of origin, and green certificates
  Joules purchase_agreements;
  Joules on_site;
  Figure cooling_degree_days;
};

struct Evidence {
  std::vector<std::string> config_sha256;   ///< of the configurations whose meters recorded in the period
  std::vector<std::string> agent_versions;  ///< that wrote them
  std::string report_sha256;                ///< of the configuration that the report was made with: [report] is there
  bool report_is_recorded = false;          ///< whether the ledger knows that one
  std::uint64_t first_batch = 0;            ///< that holds a record of the period; 0: none
  std::uint64_t last_batch = 0;
  std::uint64_t batches = 0;  ///< of the ledger
  std::string chain_head;     ///< hash of the last batch, hexadecimal
  std::string checkpoint;     ///< the last signed note; empty: none
  std::int64_t rows = 0;      ///< energy records read
};

struct Report {
  Request request;
  civil::Span span;
  std::string timezone;
  bool annual = false;  ///< twelve months or more
  std::string agent_version;

  std::string facility;
  std::string region;
  std::string grid_zone;
  std::string standard;
  std::string method;  ///< entrance or submetered
  std::optional<double> design_it_watts;
  config::ReportSettings settings;

  std::vector<PueFigure> pue;  ///< by category; empty: no IT meter
  std::vector<Month> months;
  std::vector<civil::Span> days;
  std::vector<double> pue_coverage_by_day;  ///< of the first category
  LoadDuration duration;

  Joules total;              ///< recorded, of all meters of the total, paired or not
  std::array<Joules, 3> it;  ///< recorded, by category
  double total_coverage = 0.0;
  std::array<double, 3> it_coverage{};
  std::array<bool, 3> it_measured{};
  ByRole by_role;
  Joules upgrade;  ///< of waste heat

  Figure dcie, ref, erf, ere, cer, wue, mlc, elc;  ///< wue in cubic meters per joule
  Carbon carbon;
  Gb40879 gb40879;
  EuFields eu;

  std::vector<MeterReport> meters;  ///< in the order of the configuration last in force, then those before
  std::vector<ledger::Event> events;
  Evidence evidence;
};

/// @return "PUE" for twelve months, else "iPUE".
[[nodiscard]] inline const char* label_of(const Report& report) { return report.annual ? "PUE" : "iPUE"; }

}  // namespace pue::report
