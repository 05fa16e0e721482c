#include "agent/facility/meter_readings.h"

#include <algorithm>
#include <cmath>

#include "agent/energy/plausible.h"

namespace pue {
namespace {

constexpr Duration k_longest_bridge = std::chrono::minutes{5};

/// A gap longer than max(3 intervals, 5 minutes) is not bridged.
Duration max_gap(const plan::Plan& plan, const plan::Meter& meter) {
  Duration gap = k_longest_bridge;
  for (const PointId point : meter.power) gap = std::max(gap, 3 * plan.points[point].interval);
  if (meter.energy) gap = std::max(gap, 3 * plan.points[*meter.energy].interval);
  return gap;
}

/// How long a reading of the account's own points may be awaited.
Duration patience_of(const plan::Plan& plan, const plan::Meter& meter) {
  Duration patience{};
  if (meter.energy) return plan.points[*meter.energy].stale_after;
  for (const PointId point : meter.power) patience = std::max(patience, plan.points[point].stale_after);
  return patience;
}

}  // namespace

MeterReadings::MeterReadings(const plan::Plan& plan)
    : plan_(plan), first_use_(plan.points.size() + 1, 0), summed_at_(plan.meters.size()) {
  for (const plan::Meter& meter : plan.meters) {
    if (plan::side_of(meter.role) != plan::Side::none) patience_ = std::max(patience_, patience_of(plan, meter));
  }

  struct Placed {
    PointId point;
    Use use;
  };
  std::vector<Placed> placed;
  for (const plan::Meter& meter : plan.meters) {
    spans_.push_back({static_cast<std::uint32_t>(values_.size()), static_cast<std::uint32_t>(meter.power.size())});
    for (const PointId point : meter.power) {
      placed.push_back({point, {meter.id, Purpose::power, static_cast<std::uint32_t>(values_.size())}});
      values_.emplace_back();
    }
    if (meter.energy) placed.push_back({*meter.energy, {meter.id, Purpose::energy_register, 0}});
    energies_.emplace_back(energy::MeterEnergy::Settings{.has_register = meter.energy.has_value(),
                                                         .factor = std::abs(meter.factor()),
                                                         .max_gap = max_gap(plan, meter),
                                                         .patience = patience_});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) { return a.point < b.point; });
  std::size_t next = 0;
  for (PointId point = 0; point < plan.points.size(); ++point) {
    first_use_[point] = static_cast<std::uint32_t>(uses_.size());
    for (; next < placed.size() && placed[next].point == point; ++next) uses_.push_back(placed[next].use);
  }
  first_use_.back() = static_cast<std::uint32_t>(uses_.size());
}

void MeterReadings::take(const Sample& sample) {
  for (std::uint32_t i = first_use_[sample.point]; i != first_use_[sample.point + 1]; ++i) {
    const Use& use = uses_[i];
    if (use.purpose == Purpose::energy_register) {
      energies_[use.meter].energy_register(sample.at, sample.value);
      continue;
    }
    values_[use.slot] = {.value = sample.value, .at = sample.at, .known = true};
    take_power(use.meter);
  }
}

void MeterReadings::lose(PointId point) {
  for (std::uint32_t i = first_use_[point]; i != first_use_[point + 1]; ++i) {
    if (uses_[i].purpose == Purpose::power) values_[uses_[i].slot].known = false;
  }
}

void MeterReadings::refuse(PointId point) {
  lose(point);
  for (std::uint32_t i = first_use_[point]; i != first_use_[point + 1]; ++i) {
    if (uses_[i].purpose == Purpose::energy_register) energies_[uses_[i].meter].register_refused();
  }
}

/// Several points make one reading once each of them is newer than the reading before.
void MeterReadings::take_power(plan::MeterId meter) {
  Instant newest{};
  for (std::uint32_t i = 0; i < spans_[meter].count; ++i) {
    const Value& value = values_[spans_[meter].first + i];
    if (!value.known || value.at <= summed_at_[meter]) return;
    newest = std::max(newest, value.at);
  }
  summed_at_[meter] = newest;
  if (const auto total = sum(meter)) energies_[meter].power(newest, *total);
}

std::optional<double> MeterReadings::sum(plan::MeterId meter) const {
  double total = 0.0;
  for (std::uint32_t i = 0; i < spans_[meter].count; ++i) {
    const Value& value = values_[spans_[meter].first + i];
    if (!value.known) return std::nullopt;
    total += value.value;
  }
  if (spans_[meter].count == 0) return std::nullopt;
  const double scale = plan_.meters[meter].ratio * plan_.meters[meter].conversion;
  if (!energy::plausible(Watts{total * scale})) return std::nullopt;
  return total;
}

std::optional<double> MeterReadings::power(plan::MeterId meter) const {
  const auto total = sum(meter);
  if (!total) return std::nullopt;
  return *total * plan_.meters[meter].factor();
}

std::optional<Watts> MeterReadings::through(plan::MeterId meter) const {
  const auto total = sum(meter);
  if (!total) return std::nullopt;
  return Watts{*total * plan_.meters[meter].ratio * plan_.meters[meter].conversion};
}

}  // namespace pue
