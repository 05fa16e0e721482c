#include <algorithm>
#include <array>
#include <cmath>

#include "agent/report/charts.h"
#include "agent/report/svg.h"

namespace pue::report {

std::string load_duration(const Report& report, Tongue say) {
  const auto& curve = report.duration;
  if (curve.total_watts.empty()) return {};
  constexpr double width = 720.0;
  constexpr double left = 60.0;
  constexpr double right = width - 110.0;
  constexpr double top = 14.0;
  constexpr double bottom = 214.0;
  Svg svg(width, bottom + 44, say("Load duration", "负荷持续曲线"));
  const double peak = std::max({curve.total_watts.front(), curve.it_watts.front(), 1.0});
  const double step = round_step(peak, 5);
  const double most = std::ceil(peak / step) * step;
  const auto y_of = [&](double watts) { return bottom - std::clamp(watts, 0.0, most) / most * (bottom - top); };
  const auto x_of = [&](double part) { return left + part * (right - left); };
  const int decimals = step < 1e3 ? 1 : 0;
  for (int i = 0; i <= std::lround(most / step); ++i) {
    const double value = i * step;
    svg.line(left, y_of(value), right, y_of(value), i == 0 ? "axis" : "grid");
    svg.text(left - 6, y_of(value) + 4, grouped(value / 1e3, decimals), "end small");
  }
  for (int i = 0; i <= 4; ++i) {
    svg.line(x_of(i / 4.0), bottom, x_of(i / 4.0), bottom + 4, "axis");
    svg.text(x_of(i / 4.0), bottom + 17, fmt::format("{} %", i * 25), "middle small");
  }
  const auto draw = [&](const std::vector<double>& watts, std::string_view style, std::string_view words) {
    std::string data;
    for (std::size_t i = 0; i < watts.size(); ++i) {
      data += fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : "L", x_of(static_cast<double>(i) / 100.0), y_of(watts[i]));
    }
    svg.path(data, style);
    svg.text(right + 6, y_of(watts.back()) + 4, words, "small");
  };
  draw(curve.total_watts, "curve", say("facility", "数据中心"));
  draw(curve.it_watts, "curve dashed", say("IT", "IT"));
  svg.text(left, top - 3, "kW", "small");
  svg.text((left + right) / 2, bottom + 36,
           say("share of the counted time in which at least this power was needed",
               "达到或超过该功率的时间占有效时间的比例"),
           "middle small");
  return svg.take();
}

}  // namespace pue::report
