#pragma once

#include "agent/log/rate_limit.h"
#include "agent/pipeline/board.h"
#include "agent/plan/plan.h"

namespace pue::collectors {

/// Whether a device counts as answering, on the board and in the log: one line when it goes, one when it comes back,
/// and not more than one a minute of the same. Used by one thread.
class DevicePresence {
 public:
  DevicePresence(const plan::Device& device, DeviceState& state);

  /// It answered.
  void came(Instant at);
  /// It counts as gone; what it says or does not say is `failure`.
  void went(PollFailure failure, Instant now);
  [[nodiscard]] bool up() const { return up_; }

 private:
  const plan::Device* device_;
  DeviceState* state_;
  log::RateLimit went_;  ///< messages of its going
  log::RateLimit came_;  ///< messages of its return
  bool up_ = false;
  bool known_ = false;  ///< it was seen up or down since the start
};

}  // namespace pue::collectors
