#include "agent/facility/record_keeper.h"

#include <algorithm>
#include <cmath>

namespace pue {
namespace {

constexpr Duration k_record = std::chrono::minutes{15};
constexpr Duration k_look = std::chrono::seconds{1};
/// UTC may be off by this much before it counts as stepped: slewing and leap seconds stay below.
constexpr Duration k_step = std::chrono::seconds{2};
constexpr Duration k_sleep = std::chrono::seconds{1};
constexpr std::size_t k_most_waiting = 65536;

std::int64_t milliseconds(Duration duration) { return std::chrono::round<std::chrono::milliseconds>(duration).count(); }

}  // namespace

RecordKeeper::RecordKeeper(Output output) : output_(std::move(output)) {
  if (!keeps()) return;
  unix_minus_boot_ = output_.clock.unix_minus_boot();
  slept_ = output_.clock.slept();
  synchronised_ = output_.clock.synchronised();
  grids_ = grids_at(output_.begin);
  waiting_.reserve(1024);
  if (!synchronised_) {
    tell(LedgerEvent::Kind::unsynchronised, output_.begin, output_.begin, output_.begin, 0.0, 0.0);
  }
}

energy::MeterEnergy::Grids RecordKeeper::grids_at(Instant now) const {
  const auto aligned = [&](Duration interval) {
    const std::int64_t length = interval.count();
    const std::int64_t unix_now = now.time_since_epoch().count() + unix_minus_boot_;
    return energy::CutGrid{.origin = now - Duration{((unix_now % length) + length) % length}, .length = interval};
  };
  energy::MeterEnergy::Grids grids{.records = aligned(k_record), .detail = std::nullopt};
  if (output_.detail_interval) grids.detail = aligned(*output_.detail_interval);
  return grids;
}

void RecordKeeper::record(const energy::Record& record) {
  if (!keeps()) return;
  const UnixMs start = label(record.from);
  // The account has counted it as recorded, however short it is.
  const UnixMs end = std::max(label(record.to), start + 1);
  send(LedgerRecord{.meter = meter_,
                    .detail = record.detail,
                    .quality = record.quality | (synchronised_ ? 0 : energy::quality::k_unsynchronised),
                    .start = start,
                    .length = end - start,
                    .energy = {record.energy[0], record.energy[1], record.energy[2]},
                    .covered = std::min(milliseconds(record.covered), end - start),
                    .reading = record.reading});
}

void RecordKeeper::happened(const energy::Occurrence& occurrence) {
  if (!keeps()) return;
  send(LedgerEvent{.kind = occurrence.what,
                   .meter = meter_,
                   .time = label(occurrence.to),
                   .from = label(occurrence.from),
                   .to = label(occurrence.to),
                   .before = occurrence.before,
                   .after = occurrence.after});
}

void RecordKeeper::tell(LedgerEvent::Kind kind, Instant now, Instant from, Instant to, double before, double after) {
  send(LedgerEvent{.kind = kind,
                   .meter = std::nullopt,
                   .time = label(now),
                   .from = label(from),
                   .to = label(to),
                   .before = before,
                   .after = after});
}

std::optional<RecordKeeper::ClockChange> RecordKeeper::look_at_clocks(Instant now) {
  if (!keeps() || now - looked_at_ < k_look) return std::nullopt;
  const Duration slept = output_.clock.slept();
  if (slept - slept_ > k_sleep) {
    const Duration asleep = slept - slept_;
    tell(LedgerEvent::Kind::suspend, now, now - asleep, now, 0.0, seconds_of(asleep).value());
  }
  slept_ = slept;
  const bool synchronised = output_.clock.synchronised();
  if (synchronised != synchronised_) {
    tell(synchronised ? LedgerEvent::Kind::synchronised : LedgerEvent::Kind::unsynchronised, now, now, now, 0.0, 0.0);
  }
  synchronised_ = synchronised;
  looked_at_ = now;
  stepped_to_ = output_.clock.unix_minus_boot();
  if (std::abs(stepped_to_ - unix_minus_boot_) <= k_step.count()) return std::nullopt;
  const std::int64_t before = unix_minus_boot_;
  // The grid of the new time, for the accounts; what they close now still goes by the old one.
  unix_minus_boot_ = stepped_to_;
  const ClockChange change{.grids = grids_at(now), .quality = energy::quality::k_clock_adjusted};
  unix_minus_boot_ = before;
  return change;
}

void RecordKeeper::apply(const ClockChange& change) {
  const UnixMs before = label(looked_at_);
  const double seconds = static_cast<double>(stepped_to_ - unix_minus_boot_) * 1e-9;
  unix_minus_boot_ = stepped_to_;
  grids_ = change.grids;
  send(LedgerEvent{.kind = LedgerEvent::Kind::clock_step,
                   .meter = std::nullopt,
                   .time = label(looked_at_),
                   .from = before,
                   .to = label(looked_at_),
                   .before = 0.0,
                   .after = seconds});
}

bool RecordKeeper::sweep_due(Instant now) {
  if (!keeps() || now - swept_at_ < k_look) return false;
  swept_at_ = now;
  return true;
}

bool RecordKeeper::commit_due(Instant now, bool last) {
  if (!keeps()) return false;
  if (!committed_at_) committed_at_ = now;
  if (!last && now - *committed_at_ < output_.commit_interval) return false;
  // Accounts that count what no record before them holds would not add up.
  commit_complete_ = flush();
  return commit_complete_;
}

void RecordKeeper::account(const LedgerAccount& account) {
  commit_complete_ = commit_complete_ && output_.ring->push(account);
}

void RecordKeeper::commit(Instant now) {
  const LedgerCommit commit{.time = label(now), .boottime = milliseconds(now.time_since_epoch())};
  // Without room for all of it there is no commit; the next one holds it.
  if (commit_complete_ && output_.ring->push(commit)) committed_at_ = now;
}

void RecordKeeper::send(const LedgerMessage& message) {
  if (!keeps()) return;
  if (flush() && output_.ring->push(message)) return;
  if (waiting_.size() < k_most_waiting) {
    waiting_.push_back(message);
  } else if (const auto* record = std::get_if<LedgerRecord>(&message)) {
    join(*record);
  } else {
    ++lost_events_;
  }
}

bool RecordKeeper::flush() {
  if (waiting_.empty()) return true;
  std::size_t sent = 0;
  while (sent < waiting_.size() && output_.ring->push(waiting_[sent])) ++sent;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(sent));
  if (!waiting_.empty()) return false;
  if (lost_events_ == 0) return true;
  const Instant now = looked_at_;
  const LedgerEvent lost{.kind = LedgerEvent::Kind::lost,
                         .meter = std::nullopt,
                         .time = label(now),
                         .from = label(now),
                         .to = label(now),
                         .before = 0.0,
                         .after = static_cast<double>(lost_events_)};
  if (!output_.ring->push(lost)) return false;
  lost_events_ = 0;
  return true;
}

/// Resolution is lost, no energy.
void RecordKeeper::join(const LedgerRecord& record) {
  for (auto it = waiting_.rbegin(); it != waiting_.rend(); ++it) {
    auto* earlier = std::get_if<LedgerRecord>(&*it);
    if (earlier == nullptr || earlier->meter != record.meter || earlier->detail != record.detail) continue;
    const std::int64_t end = std::max(earlier->start + earlier->length, record.start + record.length);
    earlier->start = std::min(earlier->start, record.start);
    earlier->length = end - earlier->start;
    for (std::size_t i = 0; i < record.energy.size(); ++i) earlier->energy[i] += record.energy[i];
    earlier->covered = std::min(earlier->covered + record.covered, earlier->length);
    earlier->quality |= record.quality;
    if (record.reading) earlier->reading = record.reading;
    return;
  }
  waiting_.push_back(record);
}

}  // namespace pue
