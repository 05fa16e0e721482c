#include "agent/energy/boundaries.h"

#include <algorithm>

namespace pue::energy {

void Boundaries::advance(Instant at, Joules energy, bool bridged) {
  if (!last_ || !bridged || at <= *last_) {
    if (last_ && at <= *last_) return;
    last_ = at;
    total_ += energy.value();
    return;
  }
  const Instant before = *last_;
  const double span = seconds_of(at - before).value();
  const std::int64_t newest = boundary_at(at);
  const std::int64_t oldest = newest - static_cast<std::int64_t>(entries_.size()) + 1;
  for (std::int64_t k = std::max(boundary_at(before) + 1, oldest); k <= newest; ++k) {
    const double portion = seconds_of(instant_of(k) - before).value() / span;
    entries_[slot(k)] = {.boundary = k, .total = total_ + energy.value() * portion};
  }
  last_ = at;
  total_ += energy.value();
}

bool Boundaries::knows(std::int64_t k) const { return entries_[slot(k)].boundary == k; }

std::optional<Joules> Boundaries::bucket(std::int64_t k) const {
  if (!knows(k) || !knows(k + 1)) return std::nullopt;
  return Joules{entries_[slot(k + 1)].total - entries_[slot(k)].total};
}

}  // namespace pue::energy
