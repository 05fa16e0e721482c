#include "agent/history/quarter_hours.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pue::history {
namespace {

ledger::UnixMs end_of(const ledger::EnergyRow& row) { return row.start + row.length; }

}  // namespace

std::int64_t passed(std::int64_t amount, std::int64_t elapsed, std::int64_t total) {
  if (elapsed >= total) return amount;
  return std::llroundl(static_cast<long double>(amount) * static_cast<long double>(elapsed) /
                       static_cast<long double>(total));
}

std::vector<Piece> cut_at_quarters(const Piece& whole) {
  std::vector<Piece> pieces;
  Piece done{.from = whole.from, .to = whole.from};
  while (done.to < whole.to) {
    // Each sum up to a cut is rounded once, so that no unit is lost or made between the parts.
    const auto to = std::min(whole.to, quarter_of(done.to) + k_quarter_ms);
    const auto until = [&](std::int64_t amount) { return passed(amount, to - whole.from, whole.to - whole.from); };
    const Piece sums{.from = whole.from,
                     .to = to,
                     .measured = until(whole.measured),
                     .integrated = until(whole.integrated),
                     .substituted = until(whole.substituted)};
    pieces.push_back({.from = done.to,
                      .to = to,
                      .measured = sums.measured - done.measured,
                      .integrated = sums.integrated - done.integrated,
                      .substituted = sums.substituted - done.substituted,
                      .quality = whole.quality,
                      .reading = to == whole.to ? whole.reading : std::nullopt});
    done = sums;
  }
  return pieces;
}

void QuarterHours::add(const Piece& piece) {
  const bool fits = open_ && quarter_of(open_->start) == quarter_of(piece.from) &&
                    piece.to <= quarter_of(piece.from) + k_quarter_ms &&
                    end_of(*open_) <= quarter_of(open_->start) + k_quarter_ms;
  if (!fits) {
    close();
    open_ = ledger::EnergyRow{.start = piece.from};
  }
  open_->length = piece.to - open_->start;
  open_->measured += piece.measured;
  open_->integrated += piece.integrated;
  open_->substituted += piece.substituted;
  open_->covered += piece.to - piece.from;
  open_->quality |= piece.quality;
  open_->reading = piece.reading;
}

void QuarterHours::close() {
  if (!open_) return;
  if (open_->covered < open_->length) open_->quality |= ledger::k_partial;
  rows_.push_back(*open_);
  open_.reset();
}

std::vector<ledger::EnergyRow> QuarterHours::take() {
  close();
  return std::exchange(rows_, {});
}

}  // namespace pue::history
