#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "agent/plan/role.h"
#include "agent/report/charts.h"
#include "agent/report/svg.h"

namespace pue::report {
namespace {

constexpr double k_box_width = 158.0;
constexpr double k_box_height = 38.0;
constexpr double k_column = 190.0;
constexpr double k_line = 46.0;
constexpr double k_margin = 14.0;
constexpr std::size_t k_most_alike = 6;  ///< leaves of one role below one meter that are drawn one by one

/// A box of the diagram: a meter, or several alike.
struct Node {
  std::string name;
  std::string below;  ///< second line
  int total_sign = 0;
  int it_category = 0;
  bool outside = false;
  std::vector<std::size_t> children;
  std::size_t depth = 0;
  double line = 0.0;
};

bool carries_energy(const ledger::MeterRecord& meter) {
  const auto role = plan::role_from(meter.role);
  return role && plan::side_of(*role) != plan::Side::none;
}

std::string classes_of(const ledger::MeterRecord& meter) {
  std::string text = meter.accuracy_class.empty() ? "" : " · " + meter.accuracy_class;
  if (!meter.ct_class.empty()) text += " / CT " + meter.ct_class;
  return text;
}

class Diagram {
 public:
  Diagram(const Report& report, Tongue say) : say_(say) {
    for (const auto& meter : report.meters) {
      if (carries_energy(meter.record)) meters_.push_back(&meter.record);
    }
    for (std::size_t i = 0; i < meters_.size(); ++i) places_.emplace(meters_[i]->name, i);
    std::vector<std::size_t> top;
    below_.resize(meters_.size());
    for (std::size_t i = 0; i < meters_.size(); ++i) {
      const auto parent = places_.find(meters_[i]->upstream);
      if (meters_[i]->upstream.empty() || parent == places_.end() || parent->second == i) {
        top.push_back(i);
      } else {
        below_[parent->second].push_back(i);
      }
    }
    roots_ = group(top, 0);
    // A ledger that lies may have meters upstream of each other: what hangs on no root is drawn as a root.
    for (std::size_t i = 0; i < meters_.size(); ++i) {
      if (drawn_.count(i) == 0) {
        const auto more = group({i}, 0);
        roots_.insert(roots_.end(), more.begin(), more.end());
      }
    }
  }

  std::string draw() {
    if (nodes_.empty()) return {};
    double line = 0.0;
    // Inside first, so that what is outside can lie below the border.
    for (const bool outside : {false, true}) {
      if (outside) inside_lines_ = line;
      for (const auto root : roots_) line = place(root, line, outside);
    }
    std::size_t deepest = 0;
    bool any_outside = false;
    for (const auto& node : nodes_) {
      deepest = std::max(deepest, node.depth);
      any_outside = any_outside || node.outside;
    }
    const double width = std::max(k_margin * 2 + k_column * static_cast<double>(deepest) + k_box_width, 420.0);
    const double height = k_margin * 2 + k_line * line + (any_outside ? 26.0 : 10.0) + 34.0;
    Svg svg(width, height, say_("Boundary and meters along the single-line diagram", "计量边界与单线图"));
    outside_shift_ = any_outside ? 26.0 : 0.0;
    svg.rect(4, 18, width - 8, k_line * inside_lines_ + k_margin, "border");
    svg.text(10, 12, say_("boundary of the data centre", "数据中心边界"), "small");
    for (const auto& node : nodes_) draw_links(svg, node);
    for (const auto& node : nodes_) draw_box(svg, node);
    draw_legend(svg, height - 8);
    return svg.take();
  }

 private:
  std::vector<std::size_t> group(const std::vector<std::size_t>& meters, std::size_t depth) {
    std::map<std::string, std::vector<std::size_t>> leaves;
    for (const auto i : meters) {
      if (below_[i].empty()) leaves[meters_[i]->role].push_back(i);
    }
    std::vector<std::size_t> made;
    std::set<std::string> done;
    for (const auto i : meters) {
      if (!drawn_.insert(i).second) continue;
      const auto& meter = *meters_[i];
      const auto& alike = leaves[meter.role];
      Node node;
      node.total_sign = meter.total_sign;
      node.it_category = meter.it_category;
      node.outside = meter.role == "outside";
      node.depth = depth;
      if (below_[i].empty() && alike.size() > k_most_alike) {
        if (!done.insert(meter.role).second) continue;
        node.name = fmt::format(fmt::runtime(say_("{} meters", "{} 个计量表")), alike.size());
        node.below = fmt::format("{} … {}", shortened(meters_[alike.front()]->name, 11),
                                 shortened(meters_[alike.back()]->name, 11));
      } else {
        node.name = shortened(meter.name, 20);
        node.below = shortened(role_in_words(meter.role, say_) + classes_of(meter), 30);
      }
      nodes_.push_back(std::move(node));
      const auto at = nodes_.size() - 1;
      made.push_back(at);
      if (depth < k_deepest) {
        auto children = group(below_[i], depth + 1);
        nodes_[at].children = std::move(children);
      }
    }
    return made;
  }

  /// Gives a box and all below it their lines; each leaf has one, a parent stands at its first child.
  double place(std::size_t at, double line, bool outside) {
    auto& node = nodes_[at];
    if (node.outside == outside) node.line = line;
    double next = line;
    for (const auto child : nodes_[at].children) next = place(child, next, outside);
    if (node.outside != outside) return next;
    return std::max(next, line + 1.0);
  }

  [[nodiscard]] double x_of(const Node& node) const { return k_margin + k_column * static_cast<double>(node.depth); }
  [[nodiscard]] double y_of(const Node& node) const {
    return 18 + k_margin / 2 + k_line * node.line + (node.outside ? outside_shift_ : 0.0);
  }

  void draw_links(Svg& svg, const Node& node) const {
    const double x = x_of(node) + k_box_width;
    const double y = y_of(node) + k_box_height / 2;
    for (const auto child : node.children) {
      const double to = y_of(nodes_[child]) + k_box_height / 2;
      svg.path(fmt::format("M{:.1f} {:.1f}h{:.1f}V{:.1f}h{:.1f}", x, y, (k_column - k_box_width) / 2, to,
                           (k_column - k_box_width) / 2),
               "wire");
    }
  }

  void draw_box(Svg& svg, const Node& node) const {
    const double x = x_of(node);
    const double y = y_of(node);
    svg.rect(x, y, k_box_width, k_box_height, node.it_category != 0 ? "box it" : node.outside ? "box dashed" : "box");
    svg.text(x + 11, y + 15, node.name, "small strong");
    svg.text(x + 11, y + 29, node.below, "tiny");
    if (node.total_sign != 0) {
      svg.circle(x, y + k_box_height / 2, 7, "badge");
      svg.text(x, y + k_box_height / 2 + 4, node.total_sign > 0 ? "+" : "−", "middle small strong");
    }
    if (node.it_category != 0) {
      svg.text(x + k_box_width - 6, y + 15, fmt::format("IT {}", node.it_category), "end small strong");
    }
  }

  void draw_legend(Svg& svg, double y) const {
    svg.circle(k_margin + 6, y - 4, 7, "badge");
    svg.text(k_margin + 6, y, "+", "middle small strong");
    svg.text(k_margin + 18, y, say_("counts in the total (− against it)", "计入总能耗（− 为扣减）"), "small");
    svg.rect(k_margin + 220, y - 11, 16, 12, "box it");
    svg.text(k_margin + 241, y, say_("IT energy, with its category", "IT 能耗及其类别"), "small");
  }

  static constexpr std::size_t k_deepest = 12;

  Tongue say_;
  std::vector<const ledger::MeterRecord*> meters_;
  std::map<std::string, std::size_t> places_;
  std::vector<std::vector<std::size_t>> below_;
  std::set<std::size_t> drawn_;
  std::vector<Node> nodes_;
  std::vector<std::size_t> roots_;
  double inside_lines_ = 0.0;
  double outside_shift_ = 0.0;
};

}  // namespace

std::string boundary_diagram(const Report& report, Tongue say) { return Diagram(report, say).draw(); }

}  // namespace pue::report
