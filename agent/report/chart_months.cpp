#include <algorithm>
#include <array>
#include <cmath>

#include "agent/report/charts.h"
#include "agent/report/svg.h"

namespace pue::report {
namespace {

constexpr double k_width = 720.0;
constexpr double k_left = 60.0;
constexpr double k_top = 16.0;
constexpr double k_plot = 180.0;
constexpr double k_bars = 34.0;  ///< of the coverage below

struct Range {
  double least = 1.0;
  double most = 1.0;
};

Range range_of(const Report& report) {
  Range range{1.0, 1.1};
  for (const auto& month : report.months) {
    for (const auto& pue : month.pue) {
      if (!pue.value.value) continue;
      const double open = pue.uncertainty.value.value_or(0.0);
      range.least = std::min(range.least, *pue.value.value - open);
      range.most = std::max(range.most, *pue.value.value + open);
    }
  }
  range.most = std::min(range.most, 10.0);  // a month almost without IT load must not flatten the others
  range.least = std::max(range.least, 0.0);
  return range;
}

/// Categories are told apart by shape: filled circle, open square, triangle.
void mark(Svg& svg, int category, double x, double y) {
  if (category == 1) return svg.circle(x, y, 3.6, "ink");
  if (category == 2) return svg.rect(x - 3.4, y - 3.4, 6.8, 6.8, "open");
  svg.path(fmt::format("M{:.1f} {:.1f}l4.4 7.6h-8.8z", x, y - 4.6), "ink");
}

}  // namespace

std::string pue_by_month(const Report& report, const civil::Zone& zone, Tongue say) {
  if (report.months.empty() || report.pue.empty()) return {};
  const double bottom = k_top + k_plot;
  const double height = bottom + k_bars + 62.0;
  Svg svg(k_width, height, say("PUE by month with uncertainty and coverage", "各月 PUE、不确定度与覆盖率"));
  const auto range = range_of(report);
  const double step = round_step(range.most - range.least, 5);
  const double least = std::floor(range.least / step + 1e-9) * step;
  const double most = std::ceil(range.most / step - 1e-9) * step;
  const auto y_of = [&](double value) {
    return bottom - (std::clamp(value, least, most) - least) / (most - least) * k_plot;
  };
  for (int i = 0; least + i * step <= most + step / 2; ++i) {
    const double value = least + i * step;
    svg.line(k_left, y_of(value), k_width - 8, y_of(value), std::abs(value - 1.0) < 1e-9 ? "axis" : "grid");
    svg.text(k_left - 6, y_of(value) + 4, grouped(value, step < 0.1 ? 2 : 1), "end small");
  }
  const double each = (k_width - 8 - k_left) / static_cast<double>(report.months.size());
  const auto kinds = static_cast<double>(report.pue.size());
  const double bars_top = bottom + 12;
  svg.text(k_left - 6, bars_top + 12, say("coverage", "覆盖率"), "end small");
  for (std::size_t i = 0; i < report.months.size(); ++i) {
    const auto& month = report.months[i];
    const double left = k_left + each * static_cast<double>(i);
    for (std::size_t k = 0; k < month.pue.size(); ++k) {
      const auto& pue = month.pue[k];
      const double x = left + each * (static_cast<double>(k) + 1.0) / (kinds + 1.0);
      if (!pue.value.value) {
        svg.text(x, bottom - 4, "–", "middle small");
        continue;
      }
      const double open = pue.uncertainty.value.value_or(0.0);
      if (open > 0.0) {
        svg.line(x, y_of(*pue.value.value - open), x, y_of(*pue.value.value + open), "thin");
        for (const double end : {-open, open}) {
          svg.line(x - 3, y_of(*pue.value.value + end), x + 3, y_of(*pue.value.value + end), "thin");
        }
      }
      mark(svg, pue.category, x, y_of(*pue.value.value));
      if (!pue.spread_over_edge.empty()) svg.text(x, y_of(*pue.value.value + open) - 6, "~", "middle small");
    }
    const double coverage = month.pue.front().coverage;
    svg.rect(left + 2, bars_top, each - 4, k_bars - 16, "frame");
    svg.rect(left + 2, bars_top, (each - 4) * coverage, k_bars - 16, "fill-2");
    if (each > 38) {
      svg.text(left + each / 2, bars_top + k_bars - 4, percent(coverage, 1), "middle tiny");
    }
    const auto first = written(zone.day_at(month.span.from));
    if (each > 30 || i % 3 == 0) svg.text(left + each / 2, bars_top + k_bars + 12, first.substr(0, 7), "middle small");
  }
  double x = k_left;
  for (const auto& pue : report.pue) {
    mark(svg, pue.category, x + 4, height - 10);
    const auto words =
        fmt::format("{} {} ({})", say("category", "类别"), pue.category, measured_at_in_words(pue.category, say));
    svg.text(x + 14, height - 6, words, "small");
    x += 200;
  }
  return svg.take();
}

}  // namespace pue::report
