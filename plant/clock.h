#pragma once

#include <chrono>

#include "agent/units/quantity.h"

namespace pue::plant {

/// The plant's two times. Real time drives the meters: a register grows by the watts shown times the seconds that pass
/// for whoever reads it. Simulated time drives the day and the weather and may pass faster.
class Clock {
 public:
  using Real = std::chrono::steady_clock::time_point;

  /// @param start simulated seconds since new year at `begin`.
  Clock(Real begin, Seconds start, double speed) : begin_(begin), start_(start), speed_(speed) {}

  [[nodiscard]] Seconds real(Real now) const { return Seconds{std::chrono::duration<double>(now - begin_).count()}; }
  [[nodiscard]] Seconds simulated(Real now) const { return start_ + real(now) * speed_; }
  [[nodiscard]] double speed() const { return speed_; }

 private:
  Real begin_;
  Seconds start_;
  double speed_;
};

}  // namespace pue::plant
