#include "agent/report/compute.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "agent/ledger/spread.h"
#include "agent/report/figures.h"
#include "agent/report/gathered.h"

namespace pue::report {
namespace {

constexpr std::array<std::string_view, 5> k_views{"en", "eu", "de", "cn", "tgg"};

std::optional<double> number_in(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

void fill_facility(const Gathered& gathered, Report& report) {
  const auto& in_force = gathered.configuration();
  report.facility = in_force.facility;
  report.region = in_force.region;
  report.grid_zone = in_force.grid_zone;
  report.standard = in_force.standard;
  report.method = in_force.method;
  report.design_it_watts = number_in(in_force.design_it_watts);
  report.carbon.grid_factor = number_in(in_force.grid_factor);
  report.carbon.grid_factor_year = in_force.grid_factor_year;
  report.carbon.grid_factor_source = in_force.grid_factor_source;
  for (const auto* used : gathered.used()) {
    add_once(report.evidence.config_sha256, used->sha256);
    add_once(report.evidence.agent_versions, used->agent_version);
  }
  report.evidence.rows = gathered.rows();
}

void fill_energy(const Gathered& gathered, Report& report) {
  report.total = joules(gathered.recorded(sum::k_total));
  report.total_coverage = gathered.coverage(sum::k_total);
  report.upgrade = joules(gathered.recorded(sum::k_upgrade));
  for (int category = 1; category <= 3; ++category) {
    const auto i = static_cast<std::size_t>(category) - 1;
    report.it[i] = joules(gathered.recorded(sum::it(category)));
    report.it_coverage[i] = gathered.coverage(sum::it(category));
    report.it_measured[i] = !gathered.meters([&](const auto& meter) { return meter.it_category == category; }).empty();
  }
  for (const auto& meter : report.meters) {
    if (meter.record.unit == "J" || meter.record.unit == "mL") {
      auto& sum = report.by_role[meter.record.role];
      sum = ledger::bounded_sum(sum, meter.whole);
    }
  }
}

}  // namespace

std::string_view name_of(View view) { return k_views[static_cast<std::size_t>(view)]; }

std::optional<View> view_from(std::string_view name) {
  const auto* const found = std::find(k_views.begin(), k_views.end(), name);
  if (found == k_views.end()) return std::nullopt;
  return static_cast<View>(found - k_views.begin());
}

class Computation::State {
 public:
  State(const Request& request, const civil::Zone& zone, std::vector<InForce> configurations,
        config::ReportSettings settings)
      : request_(request),
        zone_(zone),
        settings_(std::move(settings)),
        gathered_(request, zone, std::move(configurations), settings_) {}

  void add(const ledger::EnergyRow& row) { gathered_.add(row); }

  Report finish(std::vector<ledger::Event> events, Evidence evidence, std::string agent_version) {
    Report report;
    report.request = request_;
    report.span = gathered_.span();
    report.timezone = zone_.name();
    report.annual = is_twelve_months(request_.from, request_.to);
    report.agent_version = std::move(agent_version);
    report.settings = settings_;
    report.evidence = std::move(evidence);
    report.events = std::move(events);
    report.days = zone_.days_of(report.span);
    fill_facility(gathered_, report);
    report.meters = gathered_.meter_reports(report.days);
    fill_energy(gathered_, report);
    fill_pue(gathered_, zone_, report);
    fill_carbon(gathered_, report);
    fill_family(gathered_, report);
    fill_national(gathered_, zone_, report);
    return report;
  }

 private:
  Request request_;
  civil::Zone zone_;
  config::ReportSettings settings_;
  Gathered gathered_;
};

Computation::Computation(const Request& request, const civil::Zone& zone, std::vector<InForce> configurations,
                         config::ReportSettings settings)
    : state_(std::make_unique<State>(request, zone, std::move(configurations), std::move(settings))) {}
Computation::~Computation() = default;

void Computation::add(const ledger::EnergyRow& row) { state_->add(row); }

Report Computation::finish(std::vector<ledger::Event> events, Evidence evidence, std::string agent_version) {
  return state_->finish(std::move(events), std::move(evidence), std::move(agent_version));
}

}  // namespace pue::report
