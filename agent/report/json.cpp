#include "agent/report/json.h"

#include <nlohmann/json.hpp>

#include "agent/kpi/ratios.h"
#include "agent/report/figures.h"
#include "agent/report/formulas.h"
#include "agent/report/wording.h"

namespace pue::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr Tongue k_english{Language::en};

/// A value times a factor, or null.
Json number(const Figure& figure, double factor = 1.0) {
  if (!figure.value) return nullptr;
  return *figure.value * factor;
}

Json reason(const Figure& figure) {
  if (!figure.withheld) return nullptr;
  return describe(*figure.withheld, k_english);
}

template <class Value>
Json or_null(const std::optional<Value>& value) {
  if (!value) return nullptr;
  return *value;
}

Json of(const PueFigure& pue) {
  return {{"measured_at", measured_at(pue.category)},
          {"category", pue.category},
          {"value", number(pue.value)},
          {"uncertainty", number(pue.uncertainty)},
          {"uncertainty_correlated", number(pue.uncertainty_correlated)},
          {"uncertainty_form", pue.submetered ? "B" : "A"},
          {"uncertainty_withheld", reason(pue.uncertainty)},
          {"coverage", pue.coverage},
          {"coverage_grade", kpi::name_of(pue.grade)},
          {"longest_gap_hours", pue.longest_gap_hours},
          {"estimated_share", pue.estimated_share},
          {"integrated_share", pue.integrated_share},
          {"total_kwh", kwh_of(pue.total)},
          {"it_kwh", kwh_of(pue.it)},
          {"implausible", pue.implausible},
          {"spread_over_edge", pue.spread_over_edge},
          {"withheld", reason(pue.value)}};
}

Json months_of(const Report& report, const civil::Zone& zone) {
  auto months = Json::array();
  for (const auto& month : report.months) {
    auto pue = Json::array();
    for (const auto& figure : month.pue) pue.push_back(of(figure));
    months.push_back({{"from", written(zone.day_at(month.span.from))},
                      {"to", written(zone.day_at(month.span.to))},
                      {"pue", std::move(pue)}});
  }
  return months;
}

Json energy_of(const Report& report) {
  auto it = Json::object();
  auto coverage = Json{{"total", report.total_coverage}};
  for (int category = 1; category <= 3; ++category) {
    const auto i = static_cast<std::size_t>(category) - 1;
    if (!report.it_measured[i]) continue;
    it[std::string(measured_at(category))] = kwh_of(report.it[i]);
    coverage[std::string(measured_at(category))] = report.it_coverage[i];
  }
  auto roles = Json::object();
  for (const auto& [role, whole] : report.by_role) {
    if (role != "water") roles[role] = kwh_of(joules(whole));
  }
  auto meters = Json::object();
  for (const auto& meter : report.meters) {
    if (meter.record.unit == "J") meters[meter.name] = kwh_of(joules(meter.whole));
  }
  return {
      {"total", kwh_of(report.total)}, {"it", it}, {"coverage", coverage}, {"by_role", roles}, {"by_meter", meters}};
}

Json carbon_of(const Report& report) {
  const auto& carbon = report.carbon;
  return {{"scope1", number(carbon.scope1, 1e-3)},
          {"scope2_location", number(carbon.scope2_location, 1e-3)},
          {"scope2_market", number(carbon.scope2_market, 1e-3)},
          {"grid_factor_kg_per_kwh", carbon.grid_factor ? Json(kpi::kilograms_per_kwh(*carbon.grid_factor)) : Json()},
          {"grid_factor_year", carbon.grid_factor_year},
          {"grid_factor_source", carbon.grid_factor_source},
          {"diesel_liters", carbon.diesel_cubic_meters * 1e3},
          {"gas_cubic_meters", carbon.gas_cubic_meters},
          {"fuel_factors_source", report.settings.emission_factors.from.source},
          {"fuel_factors_verified", report.settings.emission_factors.from.verified}};
}

Json gb40879_of(const Gb40879& gb) {
  return {{"rm1", number(gb.rm1)},
          {"rm2", number(gb.rm2)},
          {"grade", or_null(gb.grade)},
          {"graded_by", !gb.rm1.value && !gb.rm2.value ? Json() : Json(gb.graded_by_rm1 ? "rm1" : "rm2")},
          {"green_data_centre_score", number(gb.score)},
          {"load_usage_rate", number(gb.load_usage_rate)},
          {"load_usage_score", or_null(gb.load_usage_score)},
          {"withheld",
           {{"rm1", reason(gb.rm1)}, {"rm2", reason(gb.rm2)}, {"load_usage_rate", reason(gb.load_usage_rate)}}}};
}

Json eed_of(const Report& report) {
  const auto& eu = report.eu;
  constexpr double kwh = 1.0 / 3.6e6;
  auto declared = Json::object();
  for (const auto& [name, text] : report.settings.declared) declared[name] = text;
  return {{"p_dit_kw", number(eu.installed_it, 1e-3)},
          {"p_dit_is_design_power", eu.installed_it_is_design},
          {"e_dc_kwh", number(eu.total, kwh)},
          {"e_dc_bg_kwh", number(eu.backup, kwh)},
          {"e_it_kwh", number(eu.it, kwh)},
          {"w_in_m3", number(eu.water)},
          {"e_reuse_kwh", number(eu.reuse, kwh)},
          {"e_res_goo_kwh", kwh_of(eu.guarantees)},
          {"e_res_ppa_kwh", kwh_of(eu.purchase_agreements)},
          {"e_res_os_kwh", kwh_of(eu.on_site)},
          {"e_res_tot_kwh", kwh_of(eu.guarantees + eu.purchase_agreements + eu.on_site)},
          {"cdd_21", number(eu.cooling_degree_days)},
          {"declared", declared},
          {"withheld",
           {{"p_dit_kw", reason(eu.installed_it)},
            {"e_dc_kwh", reason(eu.total)},
            {"e_dc_bg_kwh", reason(eu.backup)},
            {"e_it_kwh", reason(eu.it)},
            {"w_in_m3", reason(eu.water)},
            {"e_reuse_kwh", reason(eu.reuse)},
            {"cdd_21", reason(eu.cooling_degree_days)}}}};
}

/// A register in the unit that people read it in.
Json register_of(const MeterReport& meter, std::optional<std::int64_t> value) {
  if (!value) return nullptr;
  const auto whole = static_cast<double>(*value);
  return meter.record.unit == "mL" ? whole * 1e-6 : whole / k_joules_per_kwh.value();
}

/// The unit of what the report gives of a meter; null where it counts nothing.
Json unit_of(const ledger::MeterRecord& record) {
  if (record.unit == "J") return "kWh";
  if (record.unit == "mL") return "m3";
  if (record.unit == "degC.s") return "degC";
  return nullptr;
}

Json meters_of(const Report& report, const civil::Zone& zone) {
  auto meters = Json::array();
  for (const auto& meter : report.meters) {
    const auto& record = meter.record;
    Json one{{"name", meter.name},
             {"role", record.role},
             {"unit", unit_of(record)},
             {"amount", record.unit == "J"    ? Json(kwh_of(joules(meter.whole)))
                        : record.unit == "mL" ? Json(static_cast<double>(meter.whole) * 1e-6)
                                              : or_null(meter.mean)},
             {"first_register", register_of(meter, meter.first_register)},
             {"first_register_time", meter.first_register ? Json(zone.written(meter.first_register_time)) : Json()},
             {"last_register", register_of(meter, meter.last_register)},
             {"last_register_time", meter.last_register ? Json(zone.written(meter.last_register_time)) : Json()},
             {"coverage", meter.coverage},
             {"gaps", meter.gaps},
             {"longest_gap_hours", meter.longest_gap_hours},
             {"estimated_share",
              meter.whole != 0 ? static_cast<double>(meter.substituted) / static_cast<double>(meter.whole) : 0.0},
             {"integrated_share",
              meter.whole != 0 ? static_cast<double>(meter.integrated) / static_cast<double>(meter.whole) : 0.0},
             {"resets", meter.resets},
             {"rollovers", meter.rollovers},
             {"replaced", meter.replaced},
             {"gap_filled", meter.gap_filled},
             {"imported", meter.imported},
             {"corrected", meter.corrected},
             {"records", meter.rows}};
    one.update({{"device", record.device},
                {"share", record.share},
                {"ct_ratio", record.ct_ratio},
                {"conversion", record.conversion},
                {"accuracy_class", record.accuracy_class},
                {"ct_class", record.ct_class},
                {"serial", record.serial},
                {"calibrated_until", record.calibrated_until},
                {"zone", record.zone},
                {"service", record.service},
                {"upstream", record.upstream},
                {"profile", record.profile},
                {"total_sign", record.total_sign},
                {"it_category", record.it_category}});
    meters.push_back(std::move(one));
  }
  return meters;
}

Json events_of(const Report& report, const civil::Zone& zone) {
  auto events = Json::array();
  for (const auto& event : report.events) {
    events.push_back({{"time", zone.written(event.time)},
                      {"kind", event.kind},
                      {"subject", event.subject},
                      {"detail", event.detail}});
  }
  return events;
}

Json evidence_of(const Report& report) {
  const auto& evidence = report.evidence;
  return {{"config_sha256", evidence.config_sha256},
          {"report_config_sha256", evidence.report_sha256},
          {"report_config_recorded", evidence.report_is_recorded},
          {"agent_version", report.agent_version},
          {"recorded_by", evidence.agent_versions},
          {"ledger_first", evidence.first_batch},
          {"ledger_last", evidence.last_batch},
          {"ledger_batches", evidence.batches},
          {"records", evidence.rows},
          {"chain_head", evidence.chain_head},
          {"signature", evidence.checkpoint.empty() ? Json() : Json(evidence.checkpoint)}};
}

Json formulas_in_use() {
  auto list = Json::array();
  for (const auto& formula : formulas()) {
    list.push_back({{"figure", formula.figure},
                    {"formula", formula.formula},
                    {"unit", formula.unit},
                    {"source", formula.source},
                    {"source_text_seen", formula.seen}});
  }
  return list;
}

}  // namespace

std::string as_json(const Report& report, const civil::Zone& zone) {
  auto pue = Json::array();
  for (const auto& figure : report.pue) pue.push_back(of(figure));
  Json json{
      {"facility", report.facility},
      {"owner", report.settings.owner},
      {"address", report.settings.address},
      {"region", report.region},
      {"grid_zone", report.grid_zone},
      {"period",
       {{"from", written(report.request.from)}, {"to", written(report.request.to)}, {"timezone", report.timezone}}},
      {"view", name_of(report.request.view)},
      {"standard", report.standard},
      {"method", report.method},
      {"label", label_of(report)},
      {"pue", std::move(pue)},
      {"months", months_of(report, zone)},
      {"energy_kwh", energy_of(report)},
      {"carbon_kg", carbon_of(report)},
      {"dcie", number(report.dcie)},
      {"cue", number(report.carbon.cue, 1e-3 * 3.6e6)},
      {"wue", number(report.wue, 1e3 * 3.6e6)},
      {"ref", number(report.ref)},
      {"erf", number(report.erf)},
      {"ere", number(report.ere)},
      {"cer", number(report.cer)},
      {"mlc", number(report.mlc)},
      {"elc", number(report.elc)},
      {"withheld",
       {{"dcie", reason(report.dcie)},
        {"cue", reason(report.carbon.cue)},
        {"wue", reason(report.wue)},
        {"ref", reason(report.ref)},
        {"erf", reason(report.erf)},
        {"ere", reason(report.ere)},
        {"cer", reason(report.cer)},
        {"mlc", reason(report.mlc)},
        {"elc", reason(report.elc)},
        {"scope1", reason(report.carbon.scope1)},
        {"scope2_location", reason(report.carbon.scope2_location)},
        {"scope2_market", reason(report.carbon.scope2_market)}}},
      {"gb40879", gb40879_of(report.gb40879)},
      {"eed", eed_of(report)},
      {"meters", meters_of(report, zone)},
      {"events", events_of(report, zone)},
      {"formulas", formulas_in_use()},
      {"evidence", evidence_of(report)}};
  // Bytes that are no UTF-8 become U+FFFD.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pue::report
