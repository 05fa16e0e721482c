#include "agent/commands/check_boundary.h"

#include <fmt/format.h>

#include <cmath>

#include "agent/plan/boundary.h"

namespace pue::commands {
namespace {

class Tree {
 public:
  explicit Tree(const plan::Plan& plan) : children_(plan::children_of(plan)) {
    for (const auto& meter : plan.meters) {
      if (!meter.upstream) add(meter.id, "", "");
    }
  }
  [[nodiscard]] std::vector<TreeRow> rows() && { return std::move(rows_); }

 private:
  void add(plan::MeterId meter, const std::string& branch, const std::string& indent) {
    rows_.push_back({meter, branch});
    const auto& below = children_[meter];
    for (const auto child : below) {
      const bool last = child == below.back();
      add(child, indent + (last ? "└─ " : "├─ "), indent + (last ? "   " : "│  "));
    }
  }

  std::vector<std::vector<plan::MeterId>> children_;
  std::vector<TreeRow> rows_;
};

}  // namespace

std::vector<TreeRow> tree_of(const plan::Plan& plan) { return Tree{plan}.rows(); }

std::string sum_of(const plan::Plan& plan, const std::vector<plan::MeterId>& meters, const std::vector<double>& signs) {
  std::string text;
  for (std::size_t i = 0; i < meters.size(); ++i) {
    const auto& meter = plan.meters[meters[i]];
    const double factor = meter.factor() * (signs.empty() ? 1.0 : signs[i]);
    text += text.empty() ? (factor < 0 ? "-" : "") : (factor < 0 ? " - " : " + ");
    const double size = std::abs(factor);
    text += size == 1.0 ? meter.name : fmt::format("{:.6g} * {}", size, meter.name);
  }
  return text;
}

}  // namespace pue::commands
