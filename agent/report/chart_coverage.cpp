#include <algorithm>
#include <array>
#include <vector>

#include "agent/report/charts.h"
#include "agent/report/svg.h"

namespace pue::report {
namespace {

constexpr double k_width = 720.0;
constexpr double k_left = 150.0;
constexpr double k_row = 11.0;
constexpr std::size_t k_most_rows = 60;

/// Shades by how much of a day is missing; complete days are the palest.
std::string_view shade(double coverage) {
  if (coverage >= 0.9999) return "cover-4";
  if (coverage >= 0.98) return "cover-3";
  if (coverage >= 0.90) return "cover-2";
  return coverage > 0.0 ? "cover-1" : "cover-0";
}

/// One row; days of one shade that follow each other are one rectangle.
void draw_row(Svg& svg, double y, const std::vector<double>& days, std::size_t count) {
  const double each = (k_width - k_left) / static_cast<double>(std::max<std::size_t>(count, 1));
  for (std::size_t begin = 0; begin < days.size();) {
    auto end = begin + 1;
    while (end < days.size() && shade(days[end]) == shade(days[begin])) ++end;
    svg.rect(k_left + each * static_cast<double>(begin), y, each * static_cast<double>(end - begin), k_row - 2,
             shade(days[begin]));
    begin = end;
  }
}

}  // namespace

std::string coverage_strip(const Report& report, const civil::Zone& zone, Tongue say) {
  if (report.days.empty() || report.meters.empty()) return {};
  std::vector<const MeterReport*> rows;
  for (const auto& meter : report.meters) rows.push_back(&meter);
  const auto complete = [](const MeterReport* meter) {
    return std::all_of(meter->coverage_by_day.begin(), meter->coverage_by_day.end(),
                       [](double day) { return day >= 0.9999; });
  };
  std::size_t left_out = 0;
  if (rows.size() > k_most_rows) {
    const auto before = rows.size();
    rows.erase(std::remove_if(rows.begin(), rows.end(), complete), rows.end());
    if (rows.size() > k_most_rows) {
      std::stable_sort(rows.begin(), rows.end(),
                       [](const auto* a, const auto* b) { return a->coverage < b->coverage; });
      rows.resize(k_most_rows);
    }
    left_out = before - rows.size();
  }
  const double top = 20.0;
  const double bottom = top + k_row * static_cast<double>(rows.size() + 2);
  Svg svg(k_width, bottom + 40, say("Coverage by day and meter", "各计量表逐日覆盖率"));
  const double each = (k_width - k_left) / static_cast<double>(report.days.size());
  for (std::size_t i = 0; i < report.days.size(); ++i) {
    const auto day = zone.day_at(report.days[i].from);
    if (static_cast<unsigned>(day.day()) != 1 && i != 0) continue;
    const double x = k_left + each * static_cast<double>(i);
    svg.line(x, top - 4, x, bottom, "grid");
    if (report.months.size() <= 14) svg.text(x + 2, top - 7, written(day).substr(0, 7), "tiny");
  }
  double y = top;
  if (!report.pue_coverage_by_day.empty()) {
    svg.text(k_left - 6, y + 8, "PUE", "end small strong");
    draw_row(svg, y, report.pue_coverage_by_day, report.days.size());
  }
  y += k_row * 1.6;
  for (const auto* meter : rows) {
    svg.text(k_left - 6, y + 8, shortened(meter->name, 26), "end tiny");
    draw_row(svg, y, meter->coverage_by_day, report.days.size());
    y += k_row;
  }
  double x = k_left;
  const std::array legend{std::pair{"cover-4", say("complete", "完整")},
                          std::pair{"cover-3", std::string_view{"≥ 98 %"}},
                          std::pair{"cover-2", std::string_view{"≥ 90 %"}},
                          std::pair{"cover-1", std::string_view{"< 90 %"}}, std::pair{"cover-0", say("nothing", "无")}};
  for (const auto& [style, words] : legend) {
    svg.rect(x, bottom + 12, 14, 9, style);
    svg.text(x + 19, bottom + 20, words, "small");
    x += 96;
  }
  if (left_out > 0) {
    svg.text(k_left, bottom + 36,
             fmt::format(fmt::runtime(say("{} more meters are not drawn; the table has all of them",
                                          "另有 {} 个计量表未绘出，详见下表")),
                         left_out),
             "small");
  }
  return svg.take();
}

}  // namespace pue::report
