#include "agent/energy/recorded_account.h"

#include <algorithm>

namespace pue::energy {
namespace {

/// Less than this is lost to readings that come a little before and after a cut.
constexpr Duration k_whole = std::chrono::seconds{1};

}  // namespace

void RecordedAccount::begin(Instant at, CutGrid grid) {
  grid_ = grid;
  open_ = {.since = at};
  cut_ = grid.after(at);
  reached_ = at;
}

void RecordedAccount::add(Kind kind, Instant from, Instant to, Joules energy, std::uint32_t quality, RecordSink& sink) {
  if (to <= from) return;
  if (from < open_.since) {
    // Its record is closed already: the part before what is open gets one of its own.
    const Instant until = std::min(open_.since, to);
    const Joules before = energy * (seconds_of(until - from) / seconds_of(to - from));
    add_whole(kind, from, until, before, quality, sink);
    return add(kind, until, to, energy - before, quality, sink);
  }
  close_until(from, sink);  // after a gap the cuts lie behind
  Joules given;
  Instant at = from;
  while (cut_ <= to) {
    const Joules until_cut = energy * (seconds_of(cut_ - from) / seconds_of(to - from));
    put(kind, at, cut_, until_cut - given, quality);
    given = until_cut;
    at = cut_;
    close(cut_, sink);
    cut_ = grid_.after(cut_);
  }
  put(kind, at, to, energy - given, quality);
}

void RecordedAccount::add_whole(Kind kind, Instant from, Instant to, Joules energy, std::uint32_t quality,
                                RecordSink& sink) {
  close_until(to, sink);
  reached_ = std::max(reached_, to);
  Record record{
      .from = from, .to = to, .covered = to - from, .quality = quality, .detail = detail_, .reading = reading_};
  JouleAccount& of_kind = account(kind);
  const std::int64_t before = of_kind.whole();
  of_kind.add(energy);
  const auto index = static_cast<std::size_t>(kind);
  record.energy[index] = of_kind.whole() - before;
  if (kind == Kind::substituted) record.quality |= quality::k_estimated;
  if (record.energy[index] < 0) record.quality |= quality::k_reversed;
  recorded_[index] += record.energy[index];
  sink.record(record);
}

void RecordedAccount::put(Kind kind, Instant from, Instant to, Joules energy, std::uint32_t quality) {
  account(kind).add(energy);
  reached_ = std::max(reached_, to);
  open_.covered += to - from;
  open_.quality |= quality;
  if (kind == Kind::substituted) open_.quality |= quality::k_estimated;
  if (energy < Joules{}) open_.quality |= quality::k_reversed;
}

void RecordedAccount::close_until(Instant at, RecordSink& sink) {
  while (cut_ <= at) {
    close(cut_, sink);
    cut_ = grid_.after(cut_);
  }
}

void RecordedAccount::close(Instant at, RecordSink& sink) {
  if (at <= open_.since) return;  // what the last bits of a division left over stays open
  Record record{.from = open_.since,
                .to = at,
                .covered = open_.covered,
                .quality = open_.quality,
                .detail = detail_,
                .reading = reading_};
  bool any = open_.covered > Duration{} || open_.quality != 0;
  for (std::size_t i = 0; i < k_kinds; ++i) {
    record.energy[i] = accounts_[i].whole() - recorded_[i];
    recorded_[i] += record.energy[i];
    any |= record.energy[i] != 0;
  }
  if (open_.covered + k_whole < at - open_.since) record.quality |= quality::k_partial;
  open_ = {.since = at};
  if (any) sink.record(record);
}

void RecordedAccount::recut(CutGrid grid, std::uint32_t quality, RecordSink& sink) {
  const Instant at = std::max(open_.since, reached_);
  open_.quality |= quality;
  close(at, sink);
  grid_ = grid;
  cut_ = grid.after(at);
}

Joules RecordedAccount::total() const {
  Joules total;
  for (const auto& account : accounts_) total += account.total();
  return total;
}

RecordedAccount::State RecordedAccount::state() const {
  State state{.whole = {}, .rest = {}, .recorded = recorded_, .open = open_};
  for (std::size_t i = 0; i < k_kinds; ++i) {
    state.whole[i] = accounts_[i].whole();
    state.rest[i] = accounts_[i].rest();
  }
  return state;
}

void RecordedAccount::resume(const State& state) {
  for (std::size_t i = 0; i < k_kinds; ++i) accounts_[i] = JouleAccount{state.whole[i], state.rest[i]};
  recorded_ = state.recorded;
  open_ = state.open;
  cut_ = grid_.after(open_.since);
  reached_ = open_.since;
}

}  // namespace pue::energy
