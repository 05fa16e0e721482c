#include "agent/report/html.h"

#include <fmt/format.h>

#include "agent/report/charts.h"
#include "agent/report/html_parts.h"

namespace pue::report {
namespace {

std::string boundary_section(const Report& report, Tongue say) {
  const auto drawing = boundary_diagram(report, say);
  std::string text = fmt::format("<h2>{}</h2>\n", say("Boundary and meters", "计量边界与计量表"));
  text += fmt::format(
      "<p>{}</p>\n",
      report.method == "submetered"
          ? say("No meter stands at the entrance: the total is the IT energy of the lowest category plus all overhead "
                "meters.",
                "入口处没有计量表：总能耗为最低类别的 IT 能耗与全部基础设施分表之和。")
          : say("The total is what the meters at the entrance count: all sources, less what is exported or is not the "
                "data centre's.",
                "总能耗取自入口计量表：全部来源之和，减去上网电量及不属于数据中心的部分。"));
  if (!drawing.empty()) text += "<figure>\n" + drawing + "</figure>\n";
  return text;
}

}  // namespace

std::string as_html(const Report& report, const civil::Zone& zone, Language language) {
  const Tongue say{language};
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<title>{}: {}, {}</title>\n<style>{}</style>\n</head>\n<body>\n",
      language == Language::en ? "en" : "zh-CN", escaped(report.facility), label_of(report), period_of(report),
      style_sheet());
  text += cover(report, say);
  text += figures_section(report, say);
  text += boundary_section(report, say);
  text += months_section(report, zone, say);
  text += energy_section(report, say);
  text += view_section(report, say);
  text += carbon_section(report, say);
  text += quality_section(report, zone, say);
  text += meters_section(report, zone, say);
  text += events_section(report, zone, say);
  text += evidence_section(report, say);
  return text + "</body>\n</html>\n";
}

}  // namespace pue::report
