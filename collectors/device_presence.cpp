#include "collectors/device_presence.h"

#include <fmt/format.h>
#include <string>

#include "agent/log/log.h"

namespace pue::collectors {
namespace {

constexpr Duration k_message_period = std::chrono::minutes{1};

/// The device is there and does not let the agent in.
bool is_refusal(PollFailure failure) {
  return failure == PollFailure::authentication || failure == PollFailure::session_refused ||
         failure == PollFailure::cipher_refused || failure == PollFailure::privilege;
}

}  // namespace

DevicePresence::DevicePresence(const plan::Device& device, DeviceState& state)
    : device_(&device), state_(&state), went_(k_message_period), came_(k_message_period) {}

void DevicePresence::came(Instant at) {
  if (up_) return;
  up_ = true;
  state_->set_up(true);
  if (known_) {
    if (const auto kept_back = came_.pass(at, 0)) {
      log::info("device answers again", {{"device", device_->name}, {"kept_back", fmt::to_string(*kept_back)}});
    }
  }
  known_ = true;
}

void DevicePresence::went(PollFailure failure, Instant now) {
  if (known_ && !up_) return;
  up_ = false;
  known_ = true;
  state_->set_up(false);
  if (const auto kept_back = went_.pass(now, static_cast<std::uint32_t>(failure))) {
    log::warn(is_refusal(failure) ? "device refuses the agent" : "device does not answer",
              {{"device", device_->name},
               {"reason", std::string{name_of(failure)}},
               {"meaning", std::string{describe(failure)}},
               {"kept_back", fmt::to_string(*kept_back)}});
  }
}

}  // namespace pue::collectors
