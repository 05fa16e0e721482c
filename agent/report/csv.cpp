#include "agent/report/csv.h"

#include <fmt/format.h>

#include "agent/report/figures.h"
#include "agent/report/wording.h"

namespace pue::report {
namespace {

constexpr Tongue k_english{Language::en};

/// A cell as RFC 4180 has it. What a spreadsheet would take for a formula gets an apostrophe in front.
std::string cell(std::string_view text) {
  std::string safe;
  const bool formula = !text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos;
  if (formula) safe += '\'';
  safe += text;
  if (safe.find_first_of(",\"\r\n") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char c : safe) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

class Table {
 public:
  Table() : text_("section,name,figure,value,unit,withheld\r\n") {}

  void row(std::string_view section, std::string_view name, std::string_view figure, const Figure& value,
           std::string_view unit, double factor = 1.0) {
    line(section, name, figure, value.value ? fmt::format("{}", *value.value * factor) : "", unit,
         value.withheld ? describe(*value.withheld, k_english) : "");
  }
  void row(std::string_view section, std::string_view name, std::string_view figure, double value,
           std::string_view unit) {
    line(section, name, figure, fmt::format("{}", value), unit, "");
  }
  void text(std::string_view section, std::string_view name, std::string_view figure, std::string_view value) {
    line(section, name, figure, cell(value), "", "");
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void line(std::string_view section, std::string_view name, std::string_view figure, const std::string& value,
            std::string_view unit, const std::string& reason) {
    text_ += fmt::format("{},{},{},{},{},{}\r\n", section, cell(name), figure, value, unit, cell(reason));
  }
  std::string text_;
};

void add_pue(Table& table, std::string_view section, const std::string& name, const PueFigure& pue, const char* label) {
  table.row(section, name, label, pue.value, "");
  table.row(section, name, "uncertainty", pue.uncertainty, "");
  table.row(section, name, "coverage", pue.coverage, "");
  if (!pue.spread_over_edge.empty()) {
    table.text(section, name, "spread_over_edge", listed(pue.spread_over_edge, k_english));
  }
  table.row(section, name, "estimated_share", pue.estimated_share, "");
  table.row(section, name, "total", kwh_of(pue.total), "kWh");
  table.row(section, name, "it", kwh_of(pue.it), "kWh");
}

}  // namespace

std::string as_csv(const Report& report, const civil::Zone& zone) {
  Table table;
  table.text("report", "facility", "name", report.facility);
  table.text("report", "period", "from", written(report.request.from));
  table.text("report", "period", "to", written(report.request.to));
  table.text("report", "period", "timezone", report.timezone);
  table.text("report", "view", "name", name_of(report.request.view));
  table.text("report", "standard", "name", report.standard);
  for (const auto& pue : report.pue) {
    add_pue(table, "pue", std::string(measured_at(pue.category)), pue, label_of(report));
  }
  for (const auto& month : report.months) {
    const auto begin = written(zone.day_at(month.span.from));
    for (const auto& pue : month.pue) {
      add_pue(table, "month", begin + " " + std::string(measured_at(pue.category)), pue, "iPUE");
    }
  }
  table.row("figure", "", "dcie", report.dcie, "");
  table.row("figure", "", "ref", report.ref, "");
  table.row("figure", "", "erf", report.erf, "");
  table.row("figure", "", "ere", report.ere, "");
  table.row("figure", "", "cer", report.cer, "");
  table.row("figure", "", "cue", report.carbon.cue, "kg/kWh", 1e-3 * 3.6e6);
  table.row("figure", "", "wue", report.wue, "L/kWh", 1e3 * 3.6e6);
  table.row("figure", "", "mlc", report.mlc, "");
  table.row("figure", "", "elc", report.elc, "");
  table.row("carbon", "", "scope1", report.carbon.scope1, "kg", 1e-3);
  table.row("carbon", "", "scope2_location", report.carbon.scope2_location, "kg", 1e-3);
  table.row("carbon", "", "scope2_market", report.carbon.scope2_market, "kg", 1e-3);
  table.row("gb40879", "", "rm1", report.gb40879.rm1, "");
  table.row("gb40879", "", "rm2", report.gb40879.rm2, "");
  if (report.gb40879.grade) table.row("gb40879", "", "grade", *report.gb40879.grade, "");
  table.row("energy", "", "total", kwh_of(report.total), "kWh");
  table.row("energy", "", "coverage", report.total_coverage, "");
  for (const auto& [role, whole] : report.by_role) {
    const bool water = role == "water";
    table.row("role", role, "amount", water ? static_cast<double>(whole) * 1e-6 : kwh_of(joules(whole)),
              water ? "m3" : "kWh");
  }
  for (const auto& meter : report.meters) {
    if (meter.record.unit == "J") table.row("meter", meter.name, "amount", kwh_of(joules(meter.whole)), "kWh");
    if (meter.record.unit == "mL")
      table.row("meter", meter.name, "amount", static_cast<double>(meter.whole) * 1e-6, "m3");
    if (meter.mean) table.row("meter", meter.name, "mean", *meter.mean, "degC");
    table.row("meter", meter.name, "coverage", meter.coverage, "");
  }
  for (const auto& sha256 : report.evidence.config_sha256) table.text("evidence", "", "config_sha256", sha256);
  table.text("evidence", "", "report_config_sha256", report.evidence.report_sha256);
  table.text("evidence", "", "chain_head", report.evidence.chain_head);
  return table.take();
}

}  // namespace pue::report
