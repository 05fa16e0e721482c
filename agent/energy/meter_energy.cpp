#include "agent/energy/meter_energy.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/energy/plausible.h"

namespace pue::energy {
namespace {

/// A register that is renewed four times an hour stands still for a quarter of an hour, and may miss one renewal.
constexpr Duration k_standstill = 2 * k_register_renewal;
constexpr int k_readings_without_serial = 3;
/// Register and power are held against each other over this time.
constexpr Duration k_comparison = std::chrono::hours{4};
constexpr double k_tolerance = 0.1;

std::uint32_t quality_of(RegisterSpan::Begin begin) {
  switch (begin) {
    case RegisterSpan::Begin::rollover:
      return quality::k_rollover;
    case RegisterSpan::Begin::reset:
      return quality::k_reset;
    case RegisterSpan::Begin::replaced:
      return quality::k_replaced;
    case RegisterSpan::Begin::same_count:
      break;
  }
  return 0;
}

}  // namespace

MeterEnergy::MeterEnergy(const Settings& settings)
    : has_register_(settings.has_register),
      factor_(settings.factor),
      max_gap_(settings.max_gap),
      exchange_(settings.exchange),
      max_power_(settings.max_power),
      resolution_(settings.limits.resolution),
      integrator_(settings.max_gap),
      register_(settings.limits),
      boundaries_(static_cast<std::size_t>(settings.patience / k_bucket) + 4) {}

void MeterEnergy::begin(Instant at, const Grids& grids) {
  account_.begin(at, grids.records);
  if (!grids.detail) return;
  detail_.emplace(true);
  detail_->begin(at, *grids.detail);
}

void MeterEnergy::close_until(Instant at, RecordSink& sink) {
  account_.close_until(at, sink);
  if (detail_) detail_->close_until(at, sink);
}

void MeterEnergy::recut(const Grids& grids, std::uint32_t quality, RecordSink& sink) {
  account_.recut(grids.records, quality, sink);
  if (detail_ && grids.detail) detail_->recut(*grids.detail, quality, sink);
}

void MeterEnergy::mark(std::uint32_t quality) {
  account_.mark(quality);
  if (detail_) detail_->mark(quality);
}

void MeterEnergy::set_reading(double reading) {
  account_.set_reading(reading);
  if (detail_) detail_->set_reading(reading);
}

void MeterEnergy::power(Instant at, double reading, RecordSink& sink) {
  if (!std::isfinite(reading) || (power_reading_ && at <= power_at_)) return;
  const auto energy = integrator_.advance(at, Watts{reading * factor_});
  const bool after_gap = power_reading_ && !energy;
  if (energy) {
    beside_.joules += energy->value();
    beside_.known = true;
  } else {
    ++beside_.breaks;
  }
  if (!has_register_) {
    if (energy) {
      count(Kind::integrated, power_at_, at, *energy, 0, sink);
    } else {
      boundaries_.advance(at, Joules{}, false);
      if (after_gap) sink.happened({.what = Occurrence::What::gap, .from = power_at_, .to = at});
    }
  } else if (reading < 0.0) {
    mark(quality::k_reversed);
  }
  beside_.at = at;
  power_reading_ = reading;
  power_at_ = at;
  highest_power_ = std::max(highest_power_, std::abs(reading));
}

void MeterEnergy::energy_register(Instant at, double reading, RecordSink& sink) {
  if (!has_register_ || !std::isfinite(reading) || (register_at_ && at <= *register_at_)) return;
  const bool paused = register_at_ && at - *register_at_ > exchange_;
  const bool known_meter = std::exchange(serial_told_, false);
  register_at_ = at;
  if (unsure_) {
    if (++unsure_->later < k_readings_without_serial) return;
    const Unsure sure = *std::exchange(unsure_, std::nullopt);
    count_register(sure.at, sure.reading, sink);
  } else if (paused && serial_number_ && !known_meter) {
    unsure_ = Unsure{.at = at, .reading = reading, .later = 0};
    return;
  }
  count_register(at, reading, sink);
}

void MeterEnergy::count_register(Instant at, double reading, RecordSink& sink) {
  const double before = register_.reading().value_or(Joules{}).value();
  const RegisterSpans spans = register_.advance(at, Joules{reading}, most());
  for (const RegisterSpan& span : spans) {
    if (!span.energy) {
      begin_count(span, before, held_reading_, sink);
      continue;
    }
    if (span.begin == RegisterSpan::Begin::rollover) {
      ++rollovers_;
      sink.happened({Occurrence::What::rollover, span.from, span.to, before, reading});
    }
    count(Kind::measured, span.from, span.to, *span.energy * factor_, quality_of(span.begin), sink);
    compared_measured_ += (*span.energy * factor_).value();
  }
  if (register_.held() == 1) {
    at_held_ = beside_;
    held_reading_ = reading;
  }
  if (register_.held() != 0) return;
  if (const auto last = register_.reading()) set_reading(last->value());
  if (spans.size() == 0) boundaries_.advance(at, Joules{}, false);
  at_base_ = beside_;
  look_for_standstill(at, reading, sink);
  compare_with_power(at, sink);
}

void MeterEnergy::serial_number(Instant at, double number, RecordSink& sink) {
  serial_told_ = true;
  const auto before = std::exchange(serial_number_, number);
  const auto unsure = std::exchange(unsure_, std::nullopt);
  if (before && *before != number) {
    const Instant from = register_.reading() ? register_.reading_at() : at;
    register_.begin_anew();
    ++resets_;
    mark(quality::k_replaced);
    boundaries_.advance(at, Joules{}, false);
    sink.happened({Occurrence::What::exchanged, from, at, *before, number});
  }
  if (unsure) count_register(unsure->at, unsure->reading, sink);
}

void MeterEnergy::count(Kind kind, Instant from, Instant to, Joules energy, std::uint32_t quality, RecordSink& sink) {
  const bool bridged = to - from <= max_gap_;
  if (bridged) {
    account_.add(kind, from, to, energy, quality, sink);
    if (detail_) detail_->add(kind, from, to, energy, quality, sink);
  } else {
    account_.add_whole(kind, from, to, energy, quality | quality::k_gap_filled, sink);
    if (detail_) detail_->add_whole(kind, from, to, energy, quality | quality::k_gap_filled, sink);
    sink.happened({.what = Occurrence::What::gap, .from = from, .to = to, .after = energy.value()});
  }
  boundaries_.advance(to, energy, bridged);
}

/// What passed between the old count and the new is not known to the register; power may know it.
void MeterEnergy::begin_count(const RegisterSpan& span, double before, double after, RecordSink& sink) {
  ++resets_;
  const bool reset = span.begin == RegisterSpan::Begin::reset;
  mark(quality_of(span.begin));
  sink.happened({reset ? Occurrence::What::reset : Occurrence::What::replaced, span.from, span.to, before, after});
  boundaries_.advance(span.to, Joules{}, false);
  // Power is read at other instants than the register, and may not have been read at all in between: its mean stands
  // for the span, as long as it reaches from one end to the other.
  const bool unbroken = at_base_.known && at_held_.known && at_base_.breaks == at_held_.breaks;
  const bool reaches = span.from - at_base_.at <= max_gap_ && span.to - at_held_.at <= max_gap_;
  if (!unbroken || !reaches || at_held_.at <= at_base_.at) return;
  const Watts mean = Joules{at_held_.joules - at_base_.joules} / seconds_of(at_held_.at - at_base_.at);
  const Joules energy{std::max(0.0, (mean * seconds_of(span.to - span.from)).value())};
  account_.add(Kind::substituted, span.from, span.to, energy, quality_of(span.begin), sink);
  if (detail_) detail_->add(Kind::substituted, span.from, span.to, energy, quality_of(span.begin), sink);
  sink.happened({Occurrence::What::estimate, span.from, span.to, 0.0, energy.value()});
  compared_beside_ = {};
}

void MeterEnergy::look_for_standstill(Instant at, double reading, RecordSink& sink) {
  if (!still_reading_ || reading != *still_reading_) {
    still_reading_ = reading;
    still_since_ = at;
    still_beside_ = beside_;
    frozen_ = false;
    return;
  }
  if (at - still_since_ <= k_standstill || !still_beside_.known) return;
  const double passed = beside_.joules - still_beside_.joules;
  if (passed <= 3 * resolution_ * factor_ || passed <= 0.0) return;
  mark(quality::k_frozen);
  if (!frozen_) sink.happened({Occurrence::What::frozen, still_since_, at, reading, passed});
  frozen_ = true;
}

void MeterEnergy::compare_with_power(Instant at, RecordSink& sink) {
  if (!compared_beside_.known || compared_beside_.breaks != beside_.breaks) {
    compared_beside_ = beside_;
    compared_at_ = at;
    compared_measured_ = 0.0;
    return;
  }
  if (at - compared_at_ < k_comparison) return;
  const double by_power = beside_.joules - compared_beside_.joules;
  const double renewal = by_power * (seconds_of(k_register_renewal) / seconds_of(at - compared_at_));
  const double off = std::abs(compared_measured_ - by_power);
  if (off > k_tolerance * std::abs(by_power) + std::abs(renewal) + 2 * resolution_ * factor_) {
    mark(quality::k_implausible);
    sink.happened({Occurrence::What::implausible, compared_at_, at, compared_measured_, by_power});
  }
  compared_beside_ = beside_;
  compared_at_ = at;
  compared_measured_ = 0.0;
}

Watts MeterEnergy::most() const {
  if (max_power_) return *max_power_;
  if (highest_power_ > 0.0) return std::min(k_most_power, Watts{k_headroom * highest_power_});
  return k_most_power;
}

MeterEnergy::State MeterEnergy::state() const {
  State state{.account = account_.state(),
              .register_reading = std::nullopt,
              .power_reading = power_reading_,
              .serial_number = serial_number_,
              .reading_at = power_at_};
  if (const auto reading = register_.reading(); reading && has_register_) {
    state.register_reading = reading->value();
    state.reading_at = register_.reading_at();
  }
  state.highest_power = highest_power_;
  state.resets = resets_;
  state.rollovers = rollovers_;
  return state;
}

void MeterEnergy::resume(const State& state, Instant now) {
  account_.resume(state.account);
  resets_ = state.resets;
  rollovers_ = state.rollovers;
  highest_power_ = state.highest_power;
  serial_number_ = state.serial_number;
  // Just before now where the clock that stamped it ran ahead: a reading that lies in the future would never be
  // followed.
  const Instant at = std::min(state.reading_at, now - Duration{1});
  if (has_register_ && state.register_reading) {
    register_.resume(at, Joules{*state.register_reading});
    set_reading(*state.register_reading);
    register_at_ = at;
    boundaries_.advance(at, Joules{}, false);
  }
  if (!has_register_ && state.power_reading) {
    (void)integrator_.advance(at, Watts{*state.power_reading * factor_});
    power_reading_ = state.power_reading;
    power_at_ = at;
    boundaries_.advance(at, Joules{}, false);
  }
}

}  // namespace pue::energy
