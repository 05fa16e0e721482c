#include "collectors/modbus/unit_health.h"

#include <algorithm>

#include "collectors/modbus/wire.h"

namespace pue::modbus {

bool is_silence(PollFailure failure) {
  if (failure == PollFailure::gateway_path || failure == PollFailure::gateway_no_response) return true;
  return !is_exception(failure);
}

UnitHealth::UnitHealth(const plan::Device& device, Duration probe_period, DeviceState& state)
    : state_(&state), presence_(device, state), sleeps_at_once_(device.interval >= probe_period) {}

void UnitHealth::answered(Instant at) {
  in_a_row_ = 0;
  dormant_ = false;
  presence_.came(at);
}

void UnitHealth::succeeded(Instant at, Duration latency) {
  state_->succeeded(at, latency);
  answered(at);
}

void UnitHealth::refused(PollFailure failure, Instant at) {
  state_->failed(failure);
  answered(at);
}

void UnitHealth::failed(PollFailure failure, Instant now) {
  state_->failed(failure);
  if (in_a_row_ < k_failures_to_sleep) ++in_a_row_;
  const bool silent = is_silence(failure);
  if (!silent) dormant_ = false;
  if (silent && (sleeps_at_once_ || in_a_row_ >= k_failures_to_sleep)) dormant_ = true;
  if (!silent && in_a_row_ < k_failures_to_sleep) return;
  presence_.went(failure, now);
}

ProbeRotation::ProbeRotation(Duration probe_period, Duration timeout, std::uint32_t seed)
    : probe_period_(probe_period), timeout_(timeout), random_(seed) {}

void ProbeRotation::schedule(Instant now, std::size_t dormant) {
  // One time-out before the period ends, so that even the last attempt before a return leaves room for the next.
  const Duration period = std::max(probe_period_ - 2 * timeout_, probe_period_ / 2);
  const Duration gap = std::max(period / static_cast<Duration::rep>(std::max<std::size_t>(dormant, 1)), 2 * timeout_);
  std::uniform_real_distribution<double> jitter{0.75, 1.0};
  const Instant due = now + Duration{static_cast<Duration::rep>(static_cast<double>(gap.count()) * jitter(random_))};
  due_ = armed_ ? std::min(due_, due) : due;
  armed_ = true;
}

}  // namespace pue::modbus
