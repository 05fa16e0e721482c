#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "agent/units/time.h"

namespace pue::exposition {

/// The agent's own event-driven instruments, in a prometheus-cpp registry. Any thread.
class Instruments {
 public:
  Instruments();

  /// An HTTP request was answered with this status code.
  void answered(unsigned status);
  /// A connection was closed because its deadline had passed.
  void cut_late_connection() { late_.Increment(); }
  /// A connection was closed to make room for another.
  void cut_crowded_connection() { crowded_.Increment(); }
  /// The configuration was read, at the start or again; a bad one leaves that before in force.
  void configured(bool good, double unix_seconds);
  /// /metrics was written anew.
  void rendered(Seconds duration) { render_.Observe(duration.value()); }

  [[nodiscard]] const prometheus::Registry& registry() const { return registry_; }

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& responses_;
  prometheus::Family<prometheus::Counter>& cut_;
  prometheus::Counter& late_;
  prometheus::Counter& crowded_;
  prometheus::Histogram& render_;
  prometheus::Gauge& reload_good_;
  prometheus::Gauge& reload_time_;
};

}  // namespace pue::exposition
