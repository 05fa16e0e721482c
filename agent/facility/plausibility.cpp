#include "agent/facility/plausibility.h"

#include <array>
#include <cmath>
#include <string>

#include "agent/plan/boundary.h"

namespace pue {
namespace {

using energy::Occurrence;

constexpr Duration k_look = std::chrono::seconds{10};
/// Readings of different devices are seconds apart, and loads switch: what is wrong for so long is wrong.
constexpr Duration k_patience = std::chrono::minutes{15};
/// Meters of class 1 and transformers of class 1, both at their worst, and some watts of resolution.
constexpr double k_phase_tolerance = 0.05;
constexpr double k_balance_tolerance = 0.03;
constexpr double k_floor_watts = 50.0;
constexpr Duration k_still = std::chrono::minutes{30};
/// So many times have others changed while one did not.
constexpr std::uint64_t k_movement = 100;

const plan::Point* point_of(const plan::Plan& plan, const plan::Device& device, const std::string& name) {
  for (const PointId point : device.points) {
    if (plan.points[point].name == name) return &plan.points[point];
  }
  return nullptr;
}

}  // namespace

Plausibility::Plausibility(const plan::Plan& plan) : still_(plan.meters.size()) {
  auto children = plan::electrical_children_of(plan);
  for (const plan::Meter& meter : plan.meters) {
    if (!plan::is_electrical(plan, meter)) continue;
    if (!children[meter.id].empty()) {
      parents_.push_back({.meter = meter.id, .children = std::move(children[meter.id]), .doubt = {}});
    }
    const std::string total{plan.points[meter.power.front()].name};
    if (meter.power.size() != 1 || !meter.device || !total.ends_with("power_active_total")) continue;
    const std::string prefix = total.substr(0, total.size() - std::string{"total"}.size());
    Phases phases{.meter = meter.id, .parts = {}, .total = meter.power.front(), .doubt = {}};
    for (const char* const phase : {"l1", "l2", "l3"}) {
      if (const auto* part = point_of(plan, plan.devices[*meter.device], prefix + phase))
        phases.parts.push_back(part->id);
    }
    if (phases.parts.size() == 3) phases_.push_back(std::move(phases));
  }
}

void Plausibility::look(Instant now, const Board& board, MeterReadings& readings, RecordKeeper& keeper) {
  if (!keeper.keeps() || now - looked_at_ < k_look) return;
  looked_at_ = now;
  look_at_phases(now, board, readings, keeper);
  look_at_parents(now, readings, keeper);
  look_for_still_ones(now, readings, keeper);
}

void Plausibility::look_at_phases(Instant now, const Board& board, MeterReadings& readings, RecordKeeper& keeper) {
  for (Phases& phases : phases_) {
    const auto total = board.point(phases.total);
    std::optional<double> sum = 0.0;
    for (const PointId part : phases.parts) {
      const auto value = board.point(part);
      sum = sum && value ? std::optional{*sum + *value} : std::nullopt;
    }
    if (!total || !sum) continue;
    const bool wrong = std::abs(*sum - *total) > std::max(k_phase_tolerance * std::abs(*total), k_floor_watts);
    judge(phases.doubt, wrong, now, phases.meter, {Occurrence::What::phases, now, now, *sum, *total}, readings, keeper);
  }
}

/// Less below than above is what losses and loads without a meter look like; more is not.
void Plausibility::look_at_parents(Instant now, MeterReadings& readings, RecordKeeper& keeper) {
  for (Parent& parent : parents_) {
    const auto above = readings.through(parent.meter);
    std::optional<Watts> below = Watts{};
    for (const plan::MeterId child : parent.children) {
      const auto power = readings.through(child);
      below = below && power ? std::optional{*below + *power} : std::nullopt;
    }
    if (!above || !below) continue;
    const double excess = below->value() - above->value();
    const bool wrong = excess > std::max(k_balance_tolerance * std::abs(above->value()), k_floor_watts);
    judge(parent.doubt, wrong, now, parent.meter, {Occurrence::What::balance, now, now, below->value(), above->value()},
          readings, keeper);
  }
}

void Plausibility::look_for_still_ones(Instant now, MeterReadings& readings, RecordKeeper& keeper) {
  for (plan::MeterId meter = 0; meter < still_.size(); ++meter) {
    Still& still = still_[meter];
    const auto power = readings.power(meter);
    if (power != still.power || !power || *power == 0.0) {
      if (power != still.power) ++changes_of_all_;
      still = {.power = power, .since = now, .changes_of_all = changes_of_all_, .told = false};
      continue;
    }
    if (now - still.since < k_still || changes_of_all_ - still.changes_of_all < k_movement) continue;
    readings.mark(meter, energy::quality::k_frozen);
    if (still.told) continue;
    keeper.speak_of(meter);
    keeper.happened({Occurrence::What::still, still.since, now, *power, 0.0});
    still.told = true;
  }
}

void Plausibility::judge(Doubt& doubt, bool wrong, Instant now, plan::MeterId meter, const Occurrence& occurrence,
                         MeterReadings& readings, RecordKeeper& keeper) const {
  if (!wrong) {
    doubt = {};
    return;
  }
  if (!doubt.since) doubt.since = now;
  if (now - *doubt.since < k_patience) return;
  readings.mark(meter, energy::quality::k_implausible);
  if (doubt.told) return;
  Occurrence told = occurrence;
  told.from = *doubt.since;
  keeper.speak_of(meter);
  keeper.happened(told);
  doubt.told = true;
}

}  // namespace pue
