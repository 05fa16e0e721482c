#include <nlohmann/json.hpp>

#include "agent/commands/check_boundary.h"
#include "agent/commands/check_report.h"

namespace pue::commands {
namespace {

using nlohmann::ordered_json;

ordered_json of(const std::vector<config::Problem>& problems) {
  auto list = ordered_json::array();
  for (const auto& problem : problems) {
    list.push_back({{"file", problem.file},
                    {"line", problem.at.line},
                    {"column", problem.at.column},
                    {"key", problem.key},
                    {"message", problem.message}});
  }
  return list;
}

ordered_json of(const plan::Plan& plan, const plan::Meter& meter) {
  auto power = ordered_json::array();
  for (const auto id : meter.power) power.push_back(plan.points[id].name);
  return {{"name", meter.name},
          {"role", plan::name_of(meter.role)},
          {"device", meter.device ? ordered_json(plan.devices[*meter.device].name) : ordered_json(nullptr)},
          {"power", power},
          {"energy", meter.energy ? ordered_json(plan.points[*meter.energy].name) : ordered_json(nullptr)},
          {"upstream", meter.upstream ? ordered_json(plan.meters[*meter.upstream].name) : ordered_json(nullptr)},
          {"factor", meter.factor()},
          {"zone", meter.zone}};
}

ordered_json of(const BusLoad& bus) {
  return {{"name", bus.name},
          {"address", bus.address},
          {"devices", bus.devices},
          {"requests_per_second", bus.requests_per_second},
          {"bytes_per_second", bus.bytes_per_second},
          {"occupancy", bus.occupancy ? ordered_json(*bus.occupancy) : ordered_json(nullptr)}};
}

ordered_json formula_of(const plan::Plan& plan) {
  ordered_json formula{{"method", plan.method == plan::TotalMethod::entrance ? "entrance" : "submetered"},
                       {"total", sum_of(plan, plan.total, plan.total_sign)},
                       {"it", ordered_json::object()}};
  for (const auto layer : plan::k_layers) {
    const auto& meters = plan.it[static_cast<std::size_t>(layer)];
    if (!meters.empty()) formula["it"][std::string(plan::name_of(layer))] = sum_of(plan, meters);
  }
  return formula;
}

ordered_json carbon_of(const plan::Plan& plan) {
  const auto& factor = plan.facility.grid_factor;
  if (!factor) return nullptr;
  return {{"zone", factor->zone},
          {"grams_per_joule", factor->grams_per_joule},
          {"year", factor->year},
          {"source", factor->source},
          {"estimated", factor->estimated}};
}

std::string written(const ordered_json& document) {
  // Names come from a checked file, words of devices may not be UTF-8.
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string as_json(const CheckReport& report) {
  const auto& plan = report.plan;
  auto meters = ordered_json::array();
  for (const auto& meter : plan.meters) meters.push_back(of(plan, meter));
  auto buses = ordered_json::array();
  for (const auto& bus : report.buses) buses.push_back(of(bus));
  ordered_json document{{"facility", plan.facility.name},
                        {"problems", ordered_json::array()},
                        {"warnings", of(plan.warnings)},
                        {"meters", meters},
                        {"formula", formula_of(plan)},
                        {"carbon", carbon_of(plan)},
                        {"buses", buses},
                        {"series",
                         {{"total", report.series.total()},
                          {"allowed", plan.max_series},
                          {"points", report.series.points},
                          {"devices", report.series.devices},
                          {"meters", report.series.meters},
                          {"facility", report.series.facility},
                          {"agent", report.series.agent}}},
                        {"probe", nullptr}};
  if (report.probed) {
    auto findings = ordered_json::array();
    for (const auto& finding : report.findings) {
      findings.push_back(
          {{"device", finding.device}, {"point", finding.point}, {"message", finding.message}, {"hint", finding.hint}});
    }
    document["probe"] = {{"points", plan.points.size()}, {"good", report.probed_points}, {"findings", findings}};
  }
  return written(document);
}

std::string as_json(const std::vector<config::Problem>& problems) {
  return written(ordered_json{{"problems", of(problems)}});
}

}  // namespace pue::commands
