#include "agent/commands/check_boundary.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

#include "agent/plan/boundary.h"

namespace pue::commands {
namespace {

class Tree {
 public:
  explicit Tree(const plan::Plan& plan) : plan_(plan), children_(plan::children_of(plan)) {
    std::vector<plan::MeterId> roots;
    for (const auto& meter : plan.meters) {
      if (!meter.upstream) roots.push_back(meter.id);
    }
    for (const auto& group : groups_of(roots)) add(group, "", "");
  }
  [[nodiscard]] std::vector<TreeRow> rows() && { return std::move(rows_); }

 private:
  struct Group {
    plan::MeterId first;
    std::size_t size;
  };

  /// Leaves of one fleet and role become one.
  [[nodiscard]] std::vector<Group> groups_of(const std::vector<plan::MeterId>& meters) const {
    std::vector<Group> groups;
    std::map<std::pair<std::uint32_t, plan::Role>, std::size_t> of_fleet;
    for (const auto id : meters) {
      const auto fleet = fleet_of(plan_, plan_.meters[id]);
      if (!fleet || !children_[id].empty()) {
        groups.push_back({id, 1});
        continue;
      }
      const auto [place, fresh] = of_fleet.try_emplace({*fleet, plan_.meters[id].role}, groups.size());
      if (fresh) {
        groups.push_back({id, 1});
      } else {
        ++groups[place->second].size;
      }
    }
    return groups;
  }

  void add(Group group, const std::string& branch, const std::string& indent) {
    rows_.push_back({group.first, branch, group.size});
    const auto below = groups_of(children_[group.first]);
    for (std::size_t i = 0; i < below.size(); ++i) {
      const bool last = i + 1 == below.size();
      add(below[i], indent + (last ? "└─ " : "├─ "), indent + (last ? "   " : "│  "));
    }
  }

  const plan::Plan& plan_;
  std::vector<std::vector<plan::MeterId>> children_;
  std::vector<TreeRow> rows_;
};

}  // namespace

std::optional<std::uint32_t> fleet_of(const plan::Plan& plan, const plan::Meter& meter) {
  if (!meter.device) return std::nullopt;
  const auto& device = plan.devices[*meter.device];
  if (!device.placement || device.name != meter.name) return std::nullopt;
  return device.placement->fleet;
}

std::vector<TreeRow> tree_of(const plan::Plan& plan) { return Tree{plan}.rows(); }

std::string sum_of(const plan::Plan& plan, const std::vector<plan::MeterId>& meters, const std::vector<double>& signs) {
  std::string text;
  for (std::size_t i = 0; i < meters.size(); ++i) {
    const auto& meter = plan.meters[meters[i]];
    const auto factor_at = [&](std::size_t at) {
      return plan.meters[meters[at]].factor() * (signs.empty() ? 1.0 : signs[at]);
    };
    const double factor = factor_at(i);
    auto name = meter.name;
    if (const auto fleet = fleet_of(plan, meter)) {
      const auto first = i;
      while (i + 1 < meters.size() && fleet_of(plan, plan.meters[meters[i + 1]]) == fleet &&
             factor_at(i + 1) == factor) {
        ++i;
      }
      if (i > first) name = fmt::format("fleet {} ({} meters)", plan.fleets[*fleet], i - first + 1);
    }
    text += text.empty() ? (factor < 0 ? "-" : "") : (factor < 0 ? " - " : " + ");
    const double size = std::abs(factor);
    text += size == 1.0 ? name : fmt::format("{:.6g} * {}", size, name);
  }
  return text;
}

}  // namespace pue::commands
