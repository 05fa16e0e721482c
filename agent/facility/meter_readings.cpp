#include "agent/facility/meter_readings.h"

#include <algorithm>
#include <cmath>

#include "agent/energy/plausible.h"
#include "agent/plan/account_unit.h"

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

/// What the register can count, from the profile's description of it.
energy::RegisterCounter::Limits limits_of(const profiles::Point& point) {
  using profiles::RegisterType;
  energy::RegisterCounter::Limits limits;
  const double scale = std::abs(point.scale);
  if (point.exponent || !point.multiply_by.empty()) return limits;
  limits.resolution = scale;
  limits.decimal = true;
  switch (point.type) {
    case RegisterType::u16:
      limits.modulus = 0x1p16 * scale;
      break;
    case RegisterType::s16:
      limits.modulus = 0x1p15 * scale;
      break;
    case RegisterType::u32:
      limits.modulus = 0x1p32 * scale;
      break;
    case RegisterType::s32:
      limits.modulus = 0x1p31 * scale;
      break;
    case RegisterType::bcd:
    case RegisterType::mod10:
      limits.modulus = std::pow(10.0, 4.0 * point.words) * scale;
      break;
    case RegisterType::f32:
      limits.resolution = 0.0;
      limits.relative = 0x1p-23;
      limits.decimal = false;
      break;
    default:
      break;
  }
  return limits;
}

}  // namespace

MeterReadings::MeterReadings(const plan::Plan& plan, RecordKeeper& keeper)
    : plan_(plan), keeper_(keeper), first_use_(plan.points.size() + 1, 0), summed_at_(plan.meters.size()) {
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
    if (meter.serial_number) placed.push_back({*meter.serial_number, {meter.id, Purpose::serial_number, 0}});
    if (meter.energy) placed.push_back({*meter.energy, {meter.id, Purpose::energy_register, 0}});
    energy::MeterEnergy::Settings settings{
        .has_register = meter.energy.has_value(),
        .factor = std::abs(meter.factor()) * plan::scale_of(plan::account_unit(plan, meter)),
        .max_gap = max_gap(plan, meter),
        .patience = patience_,
        .exchange = plan::k_fastest_exchange,
        .limits = {},
        .max_power = std::nullopt};
    if (meter.energy && plan.points[*meter.energy].source != nullptr) {
      settings.limits = limits_of(*plan.points[*meter.energy].source);
    }
    // Between its readings that are far apart, others of the device tell when it was silent.
    if (meter.energy) settings.exchange = std::max(settings.exchange, 2 * plan.points[*meter.energy].interval);
    // The device reads what its transformers give it.
    if (meter.max_power) settings.max_power = *meter.max_power / (meter.ratio * meter.conversion);
    energies_.emplace_back(settings);
    if (keeper.keeps()) energies_.back().begin(keeper.begin(), keeper.grids());
    overdue_after_.push_back(settings.max_gap + patience_of(plan, meter));
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
      keeper_.speak_of(use.meter);
      energies_[use.meter].energy_register(sample.at, sample.value, keeper_);
      continue;
    }
    if (use.purpose == Purpose::serial_number) {
      keeper_.speak_of(use.meter);
      energies_[use.meter].serial_number(sample.at, sample.value, keeper_);
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
  const auto total = sum(meter);
  if (!total) return;
  keeper_.speak_of(meter);
  energies_[meter].power(newest, *total, keeper_);
}

void MeterReadings::recut(const RecordKeeper::ClockChange& change) {
  for (plan::MeterId meter = 0; meter < energies_.size(); ++meter) {
    keeper_.speak_of(meter);
    energies_[meter].recut(change.grids, change.quality, keeper_);
  }
}

void MeterReadings::close_overdue(Instant now) {
  for (plan::MeterId meter = 0; meter < energies_.size(); ++meter) {
    const Instant overdue = now - overdue_after_[meter];
    if (energies_[meter].next_cut() > overdue) continue;
    keeper_.speak_of(meter);
    energies_[meter].close_until(overdue, keeper_);
  }
}

void MeterReadings::tell_accounts() const {
  for (plan::MeterId meter = 0; meter < energies_.size(); ++meter) {
    const auto state = energies_[meter].state();
    const auto& open = state.account.open;
    keeper_.account(
        {.account = meter,
         .open_quality = open.quality,
         .whole = state.account.whole,
         .rest = state.account.rest,
         .recorded = state.account.recorded,
         .open_since = keeper_.label(open.since),
         .open_covered = std::chrono::round<std::chrono::milliseconds>(open.covered).count(),
         .register_value = state.register_reading,
         .power = state.power_reading,
         .serial_number = state.serial_number,
         .highest_power = state.highest_power,
         .reading_time = keeper_.label(state.reading_at),
         .reading_boottime = std::chrono::floor<std::chrono::milliseconds>(state.reading_at.time_since_epoch()).count(),
         .resets = state.resets,
         .rollovers = state.rollovers});
  }
}

void MeterReadings::resume(const LedgerAccount& account, Instant reading_at, Instant now) {
  const Instant since = std::min(keeper_.instant(account.open_since), now);
  keeper_.speak_of(account.account);
  energies_[account.account].resume({.account = {.whole = account.whole,
                                                 .rest = account.rest,
                                                 .recorded = account.recorded,
                                                 .open = {.since = since,
                                                          .covered = std::chrono::milliseconds{account.open_covered},
                                                          .quality = account.open_quality}},
                                     .register_reading = account.register_value,
                                     .power_reading = account.power,
                                     .serial_number = account.serial_number,
                                     .reading_at = reading_at,
                                     .highest_power = account.highest_power,
                                     .resets = account.resets,
                                     .rollovers = account.rollovers},
                                    now);
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
