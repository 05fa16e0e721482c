#include <fmt/format.h>

#include <algorithm>

#include "agent/commands/check_boundary.h"
#include "agent/commands/check_report.h"

namespace pue::commands {
namespace {

using plan::Plan;

/// Columns a text takes on a terminal: CJK characters take two.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    width += byte >= 0xE3 ? 2 : 1;
  }
  return width;
}

std::string padded(std::string text, std::size_t width) {
  const auto has = width_of(text);
  if (has < width) text.append(width - has, ' ');
  return text;
}

std::string points_of(const Plan& plan, const plan::Meter& meter) {
  if (!meter.device) return "no device: fed by import alone";
  std::string text = plan.devices[*meter.device].name + ":";
  for (const auto id : meter.power) {
    if (id != meter.power.front()) text += '+';
    text += plan.points[id].name;
  }
  if (meter.energy) text.append(", register ").append(plan.points[*meter.energy].name);
  if (!meter.energy && plan::side_of(meter.role) != plan::Side::none) text += ", energy integrated from power";
  return text;
}

std::string extras_of(const plan::Meter& meter) {
  std::string text;
  if (meter.share != 1.0) text += fmt::format(", share {:g}", meter.share);
  if (meter.ratio != 1.0) text += fmt::format(", CT {:g}", meter.ratio);
  if (!meter.zone.empty()) text += ", zone " + meter.zone;
  return text;
}

void write_boundary(std::string& out, const Plan& plan) {
  if (plan.meters.empty()) return;
  const auto rows = tree_of(plan);
  const auto name_of_row = [&](const TreeRow& row) {
    const auto& meter = plan.meters[row.meter];
    if (row.alike == 1) return row.branch + meter.name;
    return row.branch + fmt::format("fleet {} ({} meters)", plan.fleets[*fleet_of(plan, meter)], row.alike);
  };
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, width_of(name_of_row(row)));
  out += "\nBoundary\n";
  for (const auto& row : rows) {
    const auto& meter = plan.meters[row.meter];
    out += fmt::format("  {}  {:<16} {}{}{}\n", padded(name_of_row(row), width), plan::name_of(meter.role),
                       row.alike == 1 ? "" : "first ", points_of(plan, meter), extras_of(meter));
  }
}

void write_formula(std::string& out, const Plan& plan) {
  if (plan.total.empty()) return;
  const bool entrance = plan.method == plan::TotalMethod::entrance;
  out += fmt::format("\nPUE = total / IT, {}\n", entrance
                                                     ? "total at the entrance (sources minus outside)"
                                                     : "total from submeters (IT and overhead), no source is metered");
  out += "  total = " + sum_of(plan, plan.total, plan.total_sign) + "\n";
  for (const auto layer : plan::k_layers) {
    const auto& meters = plan.it[static_cast<std::size_t>(layer)];
    if (meters.empty()) continue;
    out += fmt::format("  IT of category {} ({}) = {}\n", plan::category_of(layer), plan::name_of(layer),
                       sum_of(plan, meters));
  }
}

void write_carbon(std::string& out, const Plan& plan) {
  const auto& factor = plan.facility.grid_factor;
  if (!factor) return;
  out += fmt::format("\nCarbon: {:.4f} kg/kWh, zone {}, year {}, {}{}\n", factor->grams_per_joule * 3600, factor->zone,
                     factor->year, factor->source, factor->estimated ? " (estimated)" : "");
}

void write_polling(std::string& out, const std::vector<BusLoad>& buses) {
  std::size_t width = 3;
  for (const auto& bus : buses) width = std::max(width, width_of(bus.name));
  out += fmt::format("\nPoll plan\n  {}  devices  requests/s    bytes/s  line busy  address\n", padded("bus", width));
  constexpr std::size_t most = 40;
  for (std::size_t i = 0; i < std::min(buses.size(), most); ++i) {
    const auto& bus = buses[i];
    out += fmt::format("  {}  {:>7}  {:>10.2f}  {:>9.0f}  {:>9}  {}\n", padded(bus.name, width), bus.devices,
                       bus.requests_per_second, bus.bytes_per_second,
                       bus.occupancy ? fmt::format("{:.1f} %", *bus.occupancy * 100) : "", bus.address);
  }
  if (buses.size() > most) out += fmt::format("  ... and {} buses more\n", buses.size() - most);
  BusLoad all;
  for (const auto& bus : buses) {
    all.devices += bus.devices;
    all.requests_per_second += bus.requests_per_second;
    all.bytes_per_second += bus.bytes_per_second;
  }
  out += fmt::format("  {}  {:>7}  {:>10.2f}  {:>9.0f}\n", padded("all", width), all.devices, all.requests_per_second,
                     all.bytes_per_second);
}

void write_probe(std::string& out, const CheckReport& report) {
  if (!report.probed) return;
  out += fmt::format("\nProbe: {} of {} points gave a value, {} finding{}\n", report.probed_points,
                     report.plan.points.size(), report.findings.size(), report.findings.size() == 1 ? "" : "s");
  constexpr std::size_t most = 40;
  for (std::size_t i = 0; i < std::min(report.findings.size(), most); ++i) {
    const auto& finding = report.findings[i];
    out += fmt::format("  {}{}: {}\n      {}\n", finding.device, finding.point.empty() ? "" : " " + finding.point,
                       finding.message, finding.hint);
  }
  if (report.findings.size() > most) out += fmt::format("  ... and {} more\n", report.findings.size() - most);
}

}  // namespace

std::string as_text(const CheckReport& report) {
  const auto& plan = report.plan;
  std::string out = fmt::format("{}: {} buses, {} devices, {} points, {} meters\n", plan.facility.name,
                                plan.buses.size(), plan.devices.size(), plan.points.size(), plan.meters.size());
  write_boundary(out, plan);
  write_formula(out, plan);
  write_carbon(out, plan);
  write_polling(out, report.buses);
  const auto& series = report.series;
  out += fmt::format("\nSeries: about {} of {} allowed (points {}, devices {}, meters {}, facility {}, agent {})\n",
                     series.total(), plan.max_series, series.points, series.devices, series.meters, series.facility,
                     series.agent);
  write_probe(out, report);
  return out;
}

}  // namespace pue::commands
