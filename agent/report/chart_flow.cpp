#include <algorithm>
#include <vector>

#include "agent/report/charts.h"
#include "agent/report/figures.h"
#include "agent/report/svg.h"

namespace pue::report {
namespace {

struct Flow {
  std::string words;
  double kwh = 0.0;
  std::string_view style;
};

double kwh_by(const Report& report, std::initializer_list<const char*> roles) {
  double sum = 0.0;
  for (const auto* role : roles) {
    const auto found = report.by_role.find(role);
    if (found != report.by_role.end()) sum += kwh_of(joules(found->second));
  }
  return sum;
}

std::vector<Flow> sources_of(const Report& report, Tongue say) {
  std::vector<Flow> flows;
  for (const auto* role :
       {"grid", "generator", "onsite.solar", "onsite.wind", "battery", "fuel.diesel", "fuel.gas", "cold.purchased"}) {
    const double kwh = kwh_by(report, {role});
    if (kwh > 0.0) flows.push_back({role_in_words(role, say), kwh, "fill-2"});
  }
  if (report.method == "submetered") {
    flows = {{std::string(say("sum of sub-meters", "分表合计")), kwh_of(report.total), "fill-2"}};
  }
  return flows;
}

std::vector<Flow> uses_of(const Report& report, Tongue say) {
  const int category = first_category(report);
  std::vector<Flow> flows;
  const auto add = [&](std::string_view words, double kwh, std::string_view style) {
    if (kwh > 0.0) flows.push_back({std::string(words), kwh, style});
  };
  if (category != 0) add("IT", kwh_of(report.it[static_cast<std::size_t>(category) - 1]), "fill-4");
  add(say("cooling", "制冷"), kwh_by(report, {"cooling.chiller", "cooling.tower", "cooling.pump", "cooling.crah"}),
      "fill-3");
  add(say("power losses", "供配电损耗"), kwh_by(report, {"power.loss"}), "fill-2");
  add(say("lighting", "照明"), kwh_by(report, {"lighting"}), "fill-1");
  add(say("other", "其他"), kwh_by(report, {"other"}), "fill-1");
  double known = 0.0;
  for (const auto& flow : flows) known += flow.kwh;
  // What no sub-meter saw; most of it is lost on the way to them.
  if (kwh_of(report.total) > known) {
    add(say("not sub-metered (losses and others)", "未分项计量（损耗及其他）"), kwh_of(report.total) - known, "hatch");
  }
  const double left = kwh_by(report, {"export", "outside"});
  add(say("exported or outside", "上网或中心以外"), left, "open");
  return flows;
}

double sum_of(const std::vector<Flow>& flows) {
  double sum = 0.0;
  for (const auto& flow : flows) sum += flow.kwh;
  return sum;
}

constexpr double k_width = 720.0;
constexpr double k_height = 290.0;
constexpr double k_gap = 12.0;
constexpr double k_top = 12.0;
constexpr double k_bar = 14.0;
constexpr double k_left = 150.0;
constexpr double k_right = 500.0;

/// In megawatt-hours, unless the whole is so small that its parts would be none.
std::string amount(double kwh, double total) {
  return total < 100e3 ? grouped(kwh, 0) + " kWh" : grouped(kwh / 1e3, 1) + " MWh";
}

constexpr double k_words = 25.0;  ///< two lines and the room between them and the next

/// Where each flow's words stand: beside its bar, pushed apart where bars are thin, and all of them inside the drawing.
std::vector<double> words_beside(const std::vector<double>& bars) {
  auto places = bars;
  for (std::size_t i = 1; i < places.size(); ++i) places[i] = std::max(places[i], places[i - 1] + k_words);
  double most = k_height - 12.0;
  for (std::size_t i = places.size(); i > 0; --i) {
    places[i - 1] = std::min(places[i - 1], most);
    most = places[i - 1] - k_words;
  }
  return places;
}

/// One side: bars below each other, each with a ribbon to the bar in the middle and its words.
void draw_side(Svg& svg, const std::vector<Flow>& flows, double scale, bool left, double total) {
  const double middle = (k_left + k_right) / 2;
  const double spread = sum_of(flows) * scale + k_gap * static_cast<double>(flows.size() - 1);
  double outer = k_top + (k_height - 2 * k_top - spread) / 2;
  double inner = k_top + (k_height - 2 * k_top - sum_of(flows) * scale) / 2;
  std::vector<double> bars;
  for (const auto& flow : flows) {
    const double tall = std::max(flow.kwh * scale, 0.6);
    const double from = left ? k_left + k_bar : middle + k_bar;
    const double to = left ? middle : k_right;
    const double at_from = left ? outer : inner;
    const double at_to = left ? inner : outer;
    const double bend = (from + to) / 2;
    svg.path(
        fmt::format("M{0:.1f} {1:.1f}C{2:.1f} {1:.1f} {2:.1f} {3:.1f} {4:.1f} {3:.1f}V{5:.1f}C{2:.1f} {5:.1f} {2:.1f} "
                    "{6:.1f} {0:.1f} {6:.1f}Z",
                    from, at_from, bend, at_to, to, at_to + tall, at_from + tall),
        std::string(flow.style) + " ribbon");
    svg.rect(left ? k_left : k_right, outer, k_bar, tall, "ink");
    bars.push_back(outer + tall / 2);
    outer += tall + k_gap;
    inner += tall;
  }
  const auto places = words_beside(bars);
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const auto& flow = flows[i];
    const double edge = left ? k_left : k_right + k_bar;
    const double away = left ? -1.0 : 1.0;
    const double x = edge + away * 20;
    svg.line(edge + away * 2, bars[i], x - away * 4, places[i], "grid");
    svg.text(x, places[i] - 1, flow.words, left ? "end small" : "small");
    svg.text(x, places[i] + 10, fmt::format("{}, {}", amount(flow.kwh, total), percent(flow.kwh / total, 1)),
             left ? "end tiny" : "tiny");
  }
}

}  // namespace

std::string energy_flow(const Report& report, Tongue say) {
  const auto sources = sources_of(report, say);
  const auto uses = uses_of(report, say);
  const double whole = std::max(sum_of(sources), sum_of(uses));
  if (sources.empty() || uses.empty() || !(whole > 0.0)) return {};
  Svg svg(k_width, k_height + 14, say("Energy flow from sources to uses", "从来源到用途的能量流"));
  const auto most = static_cast<double>(std::max(sources.size(), uses.size()));
  const double scale = (k_height - 2 * k_top - k_gap * (most - 1)) / whole;
  const double total = kwh_of(report.total) > 0.0 ? kwh_of(report.total) : whole;
  draw_side(svg, sources, scale, true, total);
  draw_side(svg, uses, scale, false, total);
  const double middle = (k_left + k_right) / 2;
  svg.rect(middle, k_top + (k_height - 2 * k_top - whole * scale) / 2, k_bar, whole * scale, "ink");
  svg.text(middle + k_bar / 2, k_height + 8, fmt::format("E_DC {}", amount(kwh_of(report.total), total)),
           "middle small");
  return svg.take();
}

}  // namespace pue::report
