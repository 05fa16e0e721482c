#include "agent/facility/facility_power.h"

#include "agent/kpi/pue.h"
#include "agent/plan/boundary.h"

namespace pue {
FacilityPower::FacilityPower(const plan::Plan& plan)
    : plan_(plan), ones_(plan.meters.size(), 1.0), children_(plan::electrical_children_of(plan)) {}

FacilityPower::Sum FacilityPower::sum(std::span<const plan::MeterId> meters, std::span<const double> signs,
                                      const MeterReadings& readings) const {
  Watts total;
  for (std::size_t i = 0; i < meters.size(); ++i) {
    const auto power = readings.power(meters[i]);
    if (!power) return {.power = std::nullopt, .missing = meters[i]};
    total += Watts{*power * signs[i]};
  }
  return {.power = total, .missing = std::nullopt};
}

std::array<bool, 3> FacilityPower::publish(const MeterReadings& readings, const plan::FigureLayout& layout,
                                           plan::Figures& figures) const {
  const Sum total = sum(plan_.total, plan_.total_sign, readings);
  figures.set(layout.total_power(), total.power ? Figure{total.power->value()} : Figure{});
  std::array<bool, 3> withheld{};
  for (const plan::Layer layer : plan::k_layers) {
    const auto index = static_cast<std::size_t>(layer);
    if (plan_.it[index].empty()) continue;
    const Sum it = sum(plan_.it[index], ones_, readings);
    std::optional<double> ratio;
    if (total.power && it.power) ratio = kpi::instant_ratio(*total.power, *it.power);
    const auto missing = total.missing ? total.missing : it.missing;
    figures.set(layout.it_power(layer), it.power ? Figure{it.power->value()} : Figure{});
    figures.set(layout.instant_ratio(layer), ratio);
    figures.set(layout.withheld_by(layer), missing ? Figure{static_cast<double>(*missing)} : Figure{});
    withheld[index] = missing.has_value();
  }
  publish_balance(readings, layout, figures);
  return withheld;
}

void FacilityPower::publish_balance(const MeterReadings& readings, const plan::FigureLayout& layout,
                                    plan::Figures& figures) const {
  for (plan::MeterId parent = 0; parent < children_.size(); ++parent) {
    if (children_[parent].empty()) continue;
    std::optional<Watts> below = Watts{};
    for (const plan::MeterId child : children_[parent]) {
      const auto power = readings.through(child);
      if (!power) below.reset();
      if (!below) break;
      *below += *power;
    }
    const auto above = readings.through(parent);
    std::optional<double> residual;
    if (above && below) residual = kpi::balance_residual(*above, *below);
    figures.set(layout.balance_residual(parent), residual);
  }
}

}  // namespace pue
