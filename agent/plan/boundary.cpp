#include "agent/plan/boundary.h"

#include <algorithm>
#include <set>

#include "config/section.h"

namespace pue::plan {
namespace {

using config::describe;
using config::Findings;

constexpr unsigned k_deepest = 64;

class Boundary {
 public:
  Boundary(const config::Settings& settings, Plan& plan, Findings& findings)
      : settings_(settings), plan_(plan), findings_(findings) {}

  void run() {
    if (!has_cycle() && !too_deep()) {
      for (const auto& meter : plan_.meters) check_chain(meter);
      check_layers();
    }
    fill();
    check_sides();
  }

 private:
  [[nodiscard]] const config::MeterSettings& settings(MeterId id) const { return settings_.meters[id]; }
  [[nodiscard]] std::string place(MeterId id) const { return describe(findings_.file(), settings(id).at); }
  [[nodiscard]] std::string named(MeterId id) const {
    const auto& meter = plan_.meters[id];
    return "'" + meter.name + "' (" + std::string(name_of(meter.role)) + ", " + place(id) + ")";
  }
  [[nodiscard]] std::string key(MeterId id, std::string_view rest) const {
    const auto fleet = settings(id).fleet;
    const auto named = fleet ? "fleet." + config::quoted_key(settings_.fleets[*fleet].name)
                             : "meter." + config::quoted_key(plan_.meters[id].name);
    return named + "." + std::string(rest);
  }
  /// Whether it is to be said: what holds for one of a fleet holds for all, and is said of the first.
  [[nodiscard]] bool is_new(MeterId id, std::string_view what) {
    const auto fleet = settings(id).fleet;
    return !fleet || said_.emplace(*fleet, what).second;
  }
  void warn(MeterId id, config::Place at, std::string message) {
    if (is_new(id, "warning")) findings_.warn(at, key(id, "upstream"), std::move(message));
  }
  void report(MeterId id, std::string_view what, std::string message) {
    if (!is_new(id, what)) return;
    const auto& upstream = settings(id).upstream;
    findings_.add(what == "upstream" && upstream.given() ? upstream.at : settings(id).at, key(id, what),
                  std::move(message));
  }

  /// Each meter has one meter above it, so a cycle is found by walking up and colouring.
  bool has_cycle() {
    std::vector<MeterId> colour(plan_.meters.size(), 0);
    bool found = false;
    for (const auto& meter : plan_.meters) {
      auto at = meter.id;
      while (colour[at] == 0) {
        colour[at] = meter.id + 1;
        if (!plan_.meters[at].upstream) break;
        at = *plan_.meters[at].upstream;
        if (colour[at] == meter.id + 1) {
          report_cycle(at);
          found = true;
        }
      }
    }
    return found;
  }

  /// No single-line diagram is that deep, and every check walks up the chain.
  bool too_deep() {
    for (const auto& meter : plan_.meters) {
      unsigned depth = 0;
      for (auto at = meter.upstream; at; at = plan_.meters[*at].upstream) {
        if (++depth < k_deepest) continue;
        report(meter.id, "upstream", "more than " + std::to_string(k_deepest) + " meters lie above each other");
        return true;
      }
    }
    return false;
  }

  void report_cycle(MeterId first) {
    std::string way = named(first);
    auto at = first;
    for (unsigned shown = 0; shown < 8; ++shown) {
      at = *plan_.meters[at].upstream;
      way += " is below " + named(at);
      if (at == first) break;
    }
    report(first, "upstream", "meters lie below each other in a circle: " + way);
  }

  template <class Predicate>
  [[nodiscard]] std::optional<MeterId> ancestor(const Meter& meter, Predicate predicate) const {
    for (auto at = meter.upstream; at; at = plan_.meters[*at].upstream) {
      if (predicate(plan_.meters[*at])) return at;
    }
    return std::nullopt;
  }

  void check_chain(const Meter& meter) {
    const auto side = side_of(meter.role);
    const auto same_side = [&](const Meter& other) { return side_of(other.role) == side; };
    if (side == Side::source || side == Side::outside) {
      if (const auto above = ancestor(meter, same_side)) {
        report(meter.id, "upstream",
               std::string(side == Side::source ? "a source" : "an outside meter") + " below " + named(*above) +
                   " would count twice: remove upstream, or set role = \"monitor\"");
      }
    }
    if (side == Side::it) {
      const auto same_layer = [&](const Meter& other) { return other.role == meter.role; };
      if (const auto above = ancestor(meter, same_layer)) {
        report(meter.id, "upstream",
               std::string(name_of(meter.role)) + " below " + named(*above) +
                   " would count twice in its category: set role = \"monitor\" for one of the two");
      }
    }
    if (side == Side::overhead || side == Side::it) {
      const auto above = ancestor(meter, [](const Meter& other) { return side_of(other.role) == Side::overhead; });
      if (above) counted_in_overhead(meter, *above);
    }
    if (side == Side::overhead) {
      const auto above = ancestor(meter, [](const Meter& other) { return side_of(other.role) == Side::it; });
      if (above) {
        warn(meter.id, settings(meter.id).upstream.at,
             "overhead below " + named(*above) + " is part of what that meter counts as IT");
      }
    }
  }

  /// Where sources are metered the total does not depend on overhead meters, but zones do.
  void counted_in_overhead(const Meter& meter, MeterId above) {
    const auto message = std::string(name_of(meter.role)) + " below " + named(above) +
                         " counts twice where overhead is summed: set role = \"monitor\" for one of the two";
    if (has_source() && plan_.meters[above].zone.empty()) {
      warn(meter.id, settings(meter.id).upstream.at, message);
    } else {
      report(meter.id, "upstream", message);
    }
  }

  [[nodiscard]] bool has_source() const { return has(Side::source); }
  [[nodiscard]] bool has(Side side) const {
    return std::any_of(plan_.meters.begin(), plan_.meters.end(),
                       [&](const Meter& meter) { return side_of(meter.role) == side; });
  }

  /// Which meters have one of `layer` anywhere below them.
  [[nodiscard]] std::vector<bool> with_below(Layer layer) const {
    std::vector<bool> marked(plan_.meters.size(), false);
    for (const auto& meter : plan_.meters) {
      if (layer_of(meter.role) != layer) continue;
      for (auto at = meter.upstream; at && !marked[*at]; at = plan_.meters[*at].upstream) marked[*at] = true;
    }
    return marked;
  }

  /// Energy of a category is the sum of its meters, so each branch that has a meter of a lower category needs one of
  /// the higher: else the higher category misses that branch.
  void check_layers() {
    for (const auto deeper : {Layer::pdu, Layer::rack}) {
      const auto first = std::find_if(plan_.meters.begin(), plan_.meters.end(),
                                      [&](const Meter& meter) { return layer_of(meter.role) == deeper; });
      if (first == plan_.meters.end()) continue;
      const auto below = with_below(deeper);
      const bool any_shallower = std::any_of(plan_.meters.begin(), plan_.meters.end(), [&](const Meter& meter) {
        const auto layer = layer_of(meter.role);
        return layer && *layer < deeper;
      });
      for (const auto& meter : plan_.meters) {
        const auto layer = layer_of(meter.role);
        if (layer && *layer < deeper && !below[meter.id]) missing_below(meter, deeper, first->id);
        if (layer == deeper) check_fed(meter, any_shallower);
      }
    }
  }

  void missing_below(const Meter& meter, Layer layer, MeterId first) {
    const auto role = "it." + std::string(name_of(layer));
    report(meter.id, "role",
           "no " + role + " meter lies below " + named(meter.id) + ", while " + named(first) + " measures category " +
               std::to_string(category_of(layer)) + ": add upstream = \"" + meter.name + "\" to the " + role +
               " meters it feeds, meter them, or set role = \"monitor\" where the category is not wanted");
  }

  void check_fed(const Meter& meter, bool any_shallower) {
    const auto shallower = [&](const Meter& other) {
      const auto layer = layer_of(other.role);
      return layer && *layer < *layer_of(meter.role);
    };
    if (!any_shallower || ancestor(meter, shallower)) return;
    warn(meter.id, settings(meter.id).at,
         "lies below no it meter of a lower category: that category leaves its energy out");
  }

  void fill() {
    std::set<std::string> zones;
    for (const auto& meter : plan_.meters) {
      if (!meter.zone.empty()) zones.insert(meter.zone);
      if (const auto layer = layer_of(meter.role)) plan_.it[static_cast<std::size_t>(*layer)].push_back(meter.id);
    }
    plan_.zones.assign(zones.begin(), zones.end());
    plan_.method = has_source() ? TotalMethod::entrance : TotalMethod::submetered;
    for (const auto& meter : plan_.meters) {
      if (!counts_in_total(meter)) continue;
      plan_.total.push_back(meter.id);
      plan_.total_sign.push_back(side_of(meter.role) == Side::outside ? -1.0 : 1.0);
    }
  }

  [[nodiscard]] bool counts_in_total(const Meter& meter) const {
    const auto side = side_of(meter.role);
    if (plan_.method == TotalMethod::entrance) return side == Side::source || side == Side::outside;
    return side == Side::overhead || (side == Side::it && layer_of(meter.role) == lowest_layer());
  }

  [[nodiscard]] std::optional<Layer> lowest_layer() const {
    for (const auto layer : k_layers) {
      if (!plan_.it[static_cast<std::size_t>(layer)].empty()) return layer;
    }
    return std::nullopt;
  }

  [[nodiscard]] MeterId first_of(Side side) const {
    const auto found = std::find_if(plan_.meters.begin(), plan_.meters.end(),
                                    [&](const Meter& meter) { return side_of(meter.role) == side; });
    return found->id;
  }

  void check_sides() {
    const bool overhead = has(Side::overhead);
    if (plan_.meters.empty()) {
      findings_.warn({}, "meter", "no [[meter]]: devices are read, but there is no PUE");
    } else if (!has(Side::it) && (has_source() || overhead)) {
      const auto first = first_of(has_source() ? Side::source : Side::overhead);
      report(first, "role",
             "no IT meter (it.ups, it.pdu or it.rack), while " + named(first) +
                 " is metered: PUE needs both; set role = \"monitor\" where none is wanted");
    } else if (has(Side::it) && !has_source() && !overhead) {
      const auto first = first_of(Side::it);
      report(first, "role",
             "neither a source (grid, ...) nor overhead (cooling.*, ...) is metered beside " + named(first) +
                 ": the facility's total is not known; set role = \"monitor\" where no PUE is wanted");
    }
    if (has(Side::outside) && !has_source()) {
      const auto first = first_of(Side::outside);
      report(first, "role", "outside is taken off the sources, and none is metered: remove the meter");
    }
  }

  const config::Settings& settings_;
  Plan& plan_;
  Findings& findings_;
  std::set<std::pair<std::uint32_t, std::string>> said_;  ///< of a fleet: what was said
};

}  // namespace

std::vector<std::vector<MeterId>> children_of(const Plan& plan) {
  std::vector<std::vector<MeterId>> children(plan.meters.size());
  for (const auto& meter : plan.meters) {
    if (meter.upstream) children[*meter.upstream].push_back(meter.id);
  }
  return children;
}

bool is_electrical(const Plan& plan, const Meter& meter) {
  if (meter.power.empty()) return false;
  const auto* source = plan.points[meter.power.front()].source;
  return source != nullptr && source->unit == profiles::Unit::watt && category_of(meter.role) != "heat";
}

std::vector<std::vector<MeterId>> electrical_children_of(const Plan& plan) {
  std::vector<std::vector<MeterId>> children(plan.meters.size());
  for (const auto& meter : plan.meters) {
    if (!meter.upstream || !is_electrical(plan, meter) || !is_electrical(plan, plan.meters[*meter.upstream])) continue;
    children[*meter.upstream].push_back(meter.id);
  }
  return children;
}

profiles::Unit unit_of(const Plan& plan, const Meter& meter) {
  if (side_of(meter.role) != Side::none) return profiles::Unit::watt;
  for (const PointId point : meter.power) {
    const auto* const source = plan.points[point].source;
    if (source != nullptr && source->unit != profiles::Unit::watt) return source->unit;
  }
  return profiles::Unit::watt;
}

std::vector<bool> required_meters(const Plan& plan) {
  std::vector<bool> required(plan.meters.size(), false);
  for (const auto meter : plan.total) required[meter] = true;
  for (const auto& layer : plan.it) {
    for (const auto meter : layer) required[meter] = true;
  }
  return required;
}

void draw_boundary(const config::Settings& settings, Plan& plan, Findings& findings) {
  Boundary{settings, plan, findings}.run();
}

}  // namespace pue::plan
