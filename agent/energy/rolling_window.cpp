#include "agent/energy/rolling_window.h"

#include <cmath>
#include <limits>

namespace pue::energy {
namespace {

std::int64_t millijoules(Joules energy) { return std::llround(energy.value() * 1e3); }

}  // namespace

void RollingWindow::close(const std::optional<Bucket>& bucket) {
  Kept& kept = ring_[next_];
  next_ = (next_ + 1) % ring_.size();
  if (kept.covered) {
    --covered_;
    numerator_ -= kept.numerator;
    denominator_ -= kept.denominator;
    integrated_ -= kept.integrated;
  }
  kept = {};
  if (!bucket || !fits(*bucket)) return;
  kept = {.numerator = millijoules(bucket->numerator),
          .denominator = millijoules(bucket->denominator),
          .integrated = millijoules(bucket->integrated),
          .covered = true};
  ++covered_;
  numerator_ += kept.numerator;
  denominator_ += kept.denominator;
  integrated_ += kept.integrated;
}

bool RollingWindow::fits(const Bucket& bucket) const {
  constexpr std::int64_t k_quarter_of_the_range = std::numeric_limits<std::int64_t>::max() / 4;
  const double most = 1e-3 * static_cast<double>(k_quarter_of_the_range) / static_cast<double>(ring_.size());
  const auto small = [most](Joules energy) { return std::abs(energy.value()) <= most; };
  return small(bucket.numerator) && small(bucket.denominator) && small(bucket.integrated);
}

double RollingWindow::coverage() const { return static_cast<double>(covered_) / static_cast<double>(ring_.size()); }

std::optional<double> RollingWindow::integrated_share() const {
  const std::int64_t all = numerator_ + denominator_;
  if (covered_ == 0 || all <= 0) return std::nullopt;
  return static_cast<double>(integrated_) / static_cast<double>(all);
}

}  // namespace pue::energy
