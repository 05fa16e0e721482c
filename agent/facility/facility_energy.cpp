#include "agent/facility/facility_energy.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "agent/kpi/pue.h"

namespace pue {
namespace {

std::vector<energy::RollingWindow> make_windows() {
  std::vector<energy::RollingWindow> windows;
  for (const plan::Window window : plan::k_windows) {
    windows.emplace_back(static_cast<std::size_t>(plan::length_of(window) / energy::k_bucket));
  }
  return windows;
}

/// Carbon is counted in whole milligrams, by what counts joules.
constexpr double k_milligrams = 1000.0;

FacilitySum sum_of(plan::Layer layer) {
  constexpr std::array sums{FacilitySum::it_ups, FacilitySum::it_pdu, FacilitySum::it_rack};
  return sums[static_cast<std::size_t>(layer)];
}

}  // namespace

FacilityEnergy::FacilityEnergy(const plan::Plan& plan, Duration patience)
    : plan_(plan), patience_(patience), ones_(plan.meters.size(), 1.0), zones_(plan.zones.size()) {
  std::vector<bool> needed(plan.meters.size(), false);
  const auto need = [&](plan::MeterId meter) { needed[meter] = true; };
  for (const plan::MeterId meter : plan.total) need(meter);
  for (const plan::Layer layer : plan::k_layers) {
    const auto index = static_cast<std::size_t>(layer);
    for (const plan::MeterId meter : plan.it[index]) need(meter);
    if (!plan.it[index].empty()) windows_[index] = make_windows();
  }
  for (const plan::Meter& meter : plan.meters) {
    if (meter.role == plan::Role::grid) grid_.push_back(meter.id);
  }
  for (std::size_t z = 0; z < zones_.size(); ++z) {
    zones_[z].boundary = plan::zone_boundary(plan, z);
    if (zones_[z].boundary.it.empty()) continue;
    for (const plan::MeterId meter : zones_[z].boundary.overhead) need(meter);
    zones_[z].windows = make_windows();
  }
  for (plan::MeterId meter = 0; meter < needed.size(); ++meter) {
    if (needed[meter]) required_.push_back(meter);
  }
}

void FacilityEnergy::close_until(Instant now, const MeterReadings& readings) {
  // The bucket in which the agent started is never whole.
  if (!next_) next_ = energy::boundary_at(now) + 1;
  while (energy::instant_of(*next_ + 1) <= now) {
    const bool awaited = now <= energy::instant_of(*next_ + 1) + patience_;
    if (awaited && !complete(*next_, readings)) return;
    close(*next_, readings);
    ++*next_;
  }
}

bool FacilityEnergy::complete(std::int64_t bucket, const MeterReadings& readings) const {
  return std::all_of(required_.begin(), required_.end(),
                     [&](plan::MeterId meter) { return readings.energy(meter).boundaries().knows(bucket + 1); });
}

std::optional<FacilityEnergy::Sum> FacilityEnergy::sum(std::span<const plan::MeterId> meters,
                                                       std::span<const double> signs, std::int64_t bucket,
                                                       const MeterReadings& readings) const {
  Sum sum;
  for (std::size_t i = 0; i < meters.size(); ++i) {
    const energy::MeterEnergy& meter = readings.energy(meters[i]);
    const auto part = meter.boundaries().bucket(bucket);
    if (!part) return std::nullopt;
    sum.energy += *part * signs[i] * plan::sign_of(plan_.meters[meters[i]].role);
    if (meter.integrated()) sum.integrated += Joules{std::abs(part->value())};
  }
  // What a boundary gives out beyond what it takes in is a mis-mapped meter, not energy used.
  if (sum.energy < Joules{}) return std::nullopt;
  return sum;
}

void FacilityEnergy::close(std::int64_t bucket, const MeterReadings& readings) {
  const auto total = sum(plan_.total, plan_.total_sign, bucket, readings);
  if (total) of(FacilitySum::total).add(total->energy);
  for (const plan::Layer layer : plan::k_layers) {
    const auto index = static_cast<std::size_t>(layer);
    if (plan_.it[index].empty()) continue;
    const auto it = sum(plan_.it[index], ones_, bucket, readings);
    if (it) of(sum_of(layer)).add(it->energy);
    std::optional<energy::RollingWindow::Bucket> both;
    if (total && it) both = {total->energy, it->energy, total->integrated + it->integrated};
    for (auto& window : windows_[index]) window.close(both);
  }
  for (Zone& zone : zones_) {
    if (zone.windows.empty()) continue;
    const auto it = sum(zone.boundary.it, ones_, bucket, readings);
    const auto overhead = sum(zone.boundary.overhead, ones_, bucket, readings);
    std::optional<energy::RollingWindow::Bucket> both;
    if (it && overhead) both = {overhead->energy, it->energy, overhead->integrated + it->integrated};
    for (auto& window : zone.windows) window.close(both);
  }
  if (const auto grid = sum(grid_, ones_, bucket, readings); grid && !grid_.empty()) {
    of(FacilitySum::grid).add(grid->energy);
    if (plan_.facility.grid_factor) {
      const GramsPerJoule factor{plan_.facility.grid_factor->grams_per_joule};
      of(FacilitySum::co2).add(Joules{kpi::location_based_emissions(grid->energy, factor).value() * k_milligrams});
    }
  }
}

void FacilityEnergy::tell_accounts(RecordKeeper& keeper) const {
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    keeper.account({.account = static_cast<std::uint32_t>(plan_.meters.size() + i),
                    .whole = {sums_[i].whole(), 0, 0},
                    .rest = {sums_[i].rest(), 0.0, 0.0}});
  }
}

void FacilityEnergy::resume(FacilitySum sum, const LedgerAccount& account) {
  of(sum) = energy::JouleAccount{account.whole[0], account.rest[0]};
}

void FacilityEnergy::refill(std::span<const LedgerQuarter> quarters, Instant begin, const RecordKeeper& keeper) {
  constexpr std::int64_t k_quarter_ms = 15LL * 60 * 1000;
  constexpr double k_share = seconds_of(energy::k_bucket).value() * 1000.0 / k_quarter_ms;
  std::map<std::int64_t, const LedgerQuarter*> by_start;
  for (const LedgerQuarter& quarter : quarters) by_start.emplace(quarter.start, &quarter);
  const auto bucket_of = [](const std::optional<LedgerQuarter::Pair>& pair) {
    std::optional<energy::RollingWindow::Bucket> bucket;
    if (pair) bucket = {pair->numerator * k_share, pair->denominator * k_share, pair->integrated * k_share};
    return bucket;
  };
  next_ = energy::boundary_at(begin) + 1;
  const auto longest = plan::length_of(plan::Window::day_1) / energy::k_bucket;
  for (std::int64_t bucket = *next_ - longest; bucket < *next_; ++bucket) {
    const UnixMs middle = keeper.label(energy::instant_of(bucket) + energy::k_bucket / 2);
    const auto found = by_start.find(middle - middle % k_quarter_ms);
    const LedgerQuarter* quarter = found == by_start.end() ? nullptr : found->second;
    for (std::size_t layer = 0; layer < windows_.size(); ++layer) {
      const auto pair = quarter == nullptr ? std::nullopt : quarter->layers[layer];
      for (auto& window : windows_[layer]) window.close(bucket_of(pair));
    }
    for (std::size_t z = 0; z < zones_.size(); ++z) {
      const auto pair = quarter == nullptr || z >= quarter->zones.size() ? std::nullopt : quarter->zones[z];
      for (auto& window : zones_[z].windows) window.close(bucket_of(pair));
    }
  }
}

void FacilityEnergy::publish(const plan::FigureLayout& layout, plan::Figures& figures,
                             std::span<const bool, 3> withheld) const {
  figures.set(layout.total_energy(), total(FacilitySum::total).value());
  if (!grid_.empty()) figures.set(layout.grid_energy(), total(FacilitySum::grid).value());
  if (!grid_.empty() && plan_.facility.grid_factor)
    figures.set(layout.co2_location(), total(FacilitySum::co2).value() / k_milligrams);
  for (const plan::Layer layer : plan::k_layers) {
    const auto index = static_cast<std::size_t>(layer);
    if (plan_.it[index].empty()) continue;
    figures.set(layout.it_energy(layer), total(sum_of(layer)).value());
    for (const plan::Window window : plan::k_windows) {
      const auto& rolling = windows_[index][static_cast<std::size_t>(window)];
      std::optional<double> ratio;
      if (!withheld[index]) ratio = kpi::power_usage_effectiveness(rolling.numerator(), rolling.denominator());
      figures.set(layout.ratio(layer, window), ratio);
      figures.set(layout.coverage(layer, window), rolling.coverage());
      figures.set(layout.integrated_share(layer, window), rolling.integrated_share());
    }
  }
  for (std::size_t z = 0; z < zones_.size(); ++z) {
    if (zones_[z].windows.empty()) continue;
    for (const plan::Window window : plan::k_windows) {
      const auto& rolling = zones_[z].windows[static_cast<std::size_t>(window)];
      figures.set(layout.partial_ratio(z, window),
                  kpi::partial_power_usage_effectiveness(rolling.numerator(), rolling.denominator()));
    }
  }
}

}  // namespace pue
