#include "agent/engine.h"

#include <algorithm>
#include <cmath>

#include "agent/plan/account_unit.h"

namespace pue {
namespace {

/// All points are looked at once in this many ticks; those of meters at every tick.
constexpr std::size_t k_sweep_ticks = 5;

}  // namespace

Engine::Engine(const plan::Plan& plan, Board& board, std::vector<SpscRing<Sample>*> rings, RecordKeeper::Output records)
    : plan_(plan),
      board_(board),
      rings_(std::move(rings)),
      layout_(plan),
      figures_(layout_.size()),
      latest_(plan.points.size()),
      keeper_(std::move(records)),
      readings_(plan, keeper_),
      plausibility_(plan),
      power_(plan),
      energy_(plan, readings_.patience()) {
  for (const plan::Point& point : plan.points) {
    stale_after_.push_back(point.stale_after);
    latest_[point.id].identity = point.source != nullptr && point.source->tells_identity();
    if (readings_.reads(point.id)) meter_points_.push_back(point.id);
  }
}

void Engine::tick(Instant now, bool last) {
  const Instant started = BootClock::now();
  for (SpscRing<Sample>* ring : rings_) {
    samples_ += ring->drain([this](const Sample& sample) { take(sample); });
  }
  for (const PointId point : meter_points_) grow_old_if_due(now, point);
  const std::size_t share = (latest_.size() + k_sweep_ticks - 1) / k_sweep_ticks;
  let_grow_old(now, sweep_, std::min(latest_.size(), sweep_ + share));
  energy_.close_until(now, readings_);
  plausibility_.look(now, board_, readings_, keeper_);
  keep_records(now, last);
  ++ticks_;
  publish(now);
  figures_.set(layout_.tick_duration(), seconds_of(BootClock::now() - started).value());
  board_.publish(figures_.words());
}

void Engine::resume(std::span<const LedgerAccount> accounts, std::span<const LedgerQuarter> quarters) {
  const Instant now = keeper_.begin();
  energy_.refill(quarters, now, keeper_);
  for (const LedgerAccount& account : accounts) {
    if (account.account >= plan_.meters.size()) {
      energy_.resume(static_cast<FacilitySum>(account.account - plan_.meters.size()), account);
      continue;
    }
    const Instant at = account.reading_boottime >= 0 ? Instant{std::chrono::milliseconds{account.reading_boottime}}
                                                     : keeper_.instant(account.reading_time);
    readings_.resume(account, at, now);
  }
}

void Engine::keep_records(Instant now, bool last) {
  if (!keeper_.keeps()) return;
  if (const auto change = keeper_.look_at_clocks(now)) {
    readings_.recut(*change);
    keeper_.apply(*change);
  }
  if (keeper_.sweep_due(now)) readings_.close_overdue(now);
  if (!keeper_.commit_due(now, last)) return;
  readings_.tell_accounts();
  energy_.tell_accounts(keeper_);
  keeper_.commit(now);
}

void Engine::take(const Sample& sample) {
  const bool good = sample.quality == SampleQuality::good && std::isfinite(sample.value);
  Latest& latest = latest_[sample.point];
  if (good && sample.at < latest.at) return;
  latest.at = sample.at;
  latest.known = good;
  board_.set_point(sample.point, good ? Figure{sample.value} : Figure{});
  if (!readings_.reads(sample.point)) return;
  if (good) {
    readings_.take(sample);
  } else if (sample.quality == SampleQuality::unsupported) {
    readings_.refuse(sample.point);
  } else {
    readings_.lose(sample.point);
  }
}

void Engine::grow_old_if_due(Instant now, PointId point) {
  Latest& latest = latest_[point];
  if (!latest.known || now - latest.at <= stale_after_[point]) return;
  latest.known = false;
  board_.set_point(point, Figure{});
  if (readings_.reads(point)) readings_.lose(point);
}

void Engine::let_grow_old(Instant now, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    grow_old_if_due(now, static_cast<PointId>(i));
    if (latest_[i].known && !latest_[i].identity) oldest_in_sweep_ = std::max(oldest_in_sweep_, now - latest_[i].at);
  }
  sweep_ = last;
  if (sweep_ < latest_.size()) return;
  sweep_ = 0;
  oldest_ = oldest_in_sweep_;
  oldest_in_sweep_ = {};
}

void Engine::publish(Instant now) {
  figures_.set(layout_.tick(), static_cast<double>(ticks_));
  figures_.set(layout_.tick_time(), seconds_of(now.time_since_epoch()).value());
  figures_.set(layout_.samples(), static_cast<double>(samples_));
  figures_.set(layout_.oldest_sample(), seconds_of(oldest_).value());

  for (const plan::Meter& meter : plan_.meters) {
    figures_.set(layout_.meter_power(meter.id), readings_.power(meter.id));
    if (plan::account_unit(plan_, meter) != plan::AccountUnit::joule) continue;
    figures_.set(layout_.meter_energy(meter.id), readings_.energy(meter.id).total().value());
  }
  const auto withheld = power_.publish(readings_, layout_, figures_);
  energy_.publish(layout_, figures_, withheld);
}

}  // namespace pue
