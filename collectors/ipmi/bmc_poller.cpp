#include "collectors/ipmi/bmc_poller.h"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <charconv>
#include <exception>
#include <string_view>
#include <utility>

#include "agent/log/log.h"

namespace pue::ipmi {
namespace {

constexpr Duration k_quick_period = std::chrono::seconds{3};
constexpr Duration k_quick_for = std::chrono::minutes{5};

/// @return N of "<prefix>N<suffix>", 0 if it is no such name.
unsigned number_in(std::string_view name, std::string_view prefix, std::string_view suffix) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return 0;
  unsigned number = 0;
  const auto* end = name.data() + name.size() - suffix.size();
  const auto result = std::from_chars(name.data() + prefix.size(), end, number);
  return result.ec == std::errc{} && result.ptr == end && number < 256 ? number : 0;
}

/// Asking again soon would change nothing, and might lock an account.
bool lasts(PollFailure failure) {
  return failure == PollFailure::authentication || failure == PollFailure::cipher_refused ||
         failure == PollFailure::privilege;
}

}  // namespace

std::vector<BmcPoller::Polled> BmcPoller::polled(const plan::Plan& plan, const plan::Device& device) {
  std::vector<Polled> points;
  for (const auto id : device.points) {
    const std::string_view name = plan.points[id].source->name;
    if (name == "power_active_total") points.push_back({id, Kind::power, 0});
    if (name == "air_temperature_inlet") points.push_back({id, Kind::inlet, 0});
    if (const auto n = number_in(name, "psu_", "_power_input"); n > 0) {
      points.push_back({id, Kind::supply, static_cast<std::uint8_t>(n - 1)});
    }
    if (const auto n = number_in(name, "fan_speed_", ""); n > 0) {
      points.push_back({id, Kind::fan, static_cast<std::uint8_t>(n - 1)});
    }
  }
  points.shrink_to_fit();
  return points;
}

Wanted BmcPoller::wanted(const std::vector<Polled>& points) {
  const auto any = [&](Kind kind) {
    return std::any_of(points.begin(), points.end(), [kind](const Polled& point) { return point.kind == kind; });
  };
  return {.inlet = any(Kind::inlet), .supplies = any(Kind::supply), .fans = any(Kind::fan)};
}

BmcPoller::BmcPoller(const plan::Plan& plan, const plan::Device& device, Board& board, std::unique_ptr<Bmc> bmc,
                     BmcLoop& loop, asio::io_context& context)
    : device_(device),
      probe_period_(plan.buses[device.bus].probe_period),
      state_(board.device(device.id)),
      loop_(loop),
      bmc_(std::move(bmc)),
      timer_(context.get_executor()),
      points_(polled(plan, device)),
      survey_(wanted(points_)),
      presence_(device, state_) {}

void BmcPoller::start(Instant first) {
  due_ = first;
  ++loop_.running;
  sleep_until(first);
}

void BmcPoller::stop() {
  stopping_ = true;
  timer_.cancel();
}

void BmcPoller::sleep_until(Instant instant) {
  timer_.expires_after(stopping_ ? Duration{} : std::max(instant - BootClock::now(), Duration{}));
  timer_.async_wait([this](const asio::error_code&) { begin_turn(); });
}

void BmcPoller::begin_turn() {
  asio::co_spawn(timer_.get_executor(), turn(), [this](std::exception_ptr error, Instant next) {
    if (!error && !closed_) return sleep_until(next);
    --loop_.running;
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& failure) {
      log::error("a BMC is not polled any more", {{"device", device_.name}, {"reason", failure.what()}});
    }
  });
}

/// Does what is due. @return when to go on.
Task<Instant> BmcPoller::turn() {
  auto next = due_;
  if (!stopping_ && BootClock::now() >= due_) {
    loop_.stats.late(BootClock::now() - due_);
    const auto failure = co_await poll();
    due_ = after(failure, due_);
  }
  if (!stopping_) next = co_await pass_time();
  if (stopping_) {
    co_await bmc_->close();
    closed_ = true;
  }
  co_return next;
}

Task<PollFailure> BmcPoller::poll() {
  const auto asked = BootClock::now();
  auto failure = co_await survey_.begin_poll(*bmc_);
  if (failure == PollFailure::none) failure = co_await read_points();
  if (failure == PollFailure::none) failure = co_await survey_.end_poll(*bmc_);
  if (!stopping_) account(failure, asked);
  co_return failure;
}

Task<PollFailure> BmcPoller::read_points() {
  for (const auto point : points_) {
    const auto reading = co_await read(point);
    if (!reading) co_return reading.error();
    if (stopping_) break;
    loop_.sink.put({.at = BootClock::now(), .value = reading->value, .point = point.id, .quality = reading->quality});
  }
  co_return PollFailure::none;
}

Task<BmcSurvey::Reading> BmcPoller::read(Polled point) {
  switch (point.kind) {
    case Kind::power:
      return survey_.power(*bmc_);
    case Kind::inlet:
      return survey_.inlet(*bmc_);
    case Kind::supply:
      return survey_.supply(*bmc_, point.index);
    case Kind::fan:
      return survey_.fan(*bmc_, point.index);
  }
  return survey_.power(*bmc_);
}

void BmcPoller::account(PollFailure failure, Instant asked) {
  const auto now = BootClock::now();
  if (failure != PollFailure::none) {
    state_.failed(failure);
    presence_.went(failure, now);
    if (failures_++ == 0) silent_since_ = now;
    return;
  }
  failures_ = 0;
  if (survey_.refusal() == PollFailure::none) {
    state_.succeeded(now, now - asked);
  } else {
    state_.failed(survey_.refusal());
  }
  presence_.came(now);
  publish_source();
}

void BmcPoller::publish_source() {
  state_.set_power_source(survey_.power_source(), survey_.shared_supply());
  if (!survey_.shared_supply() || said_shared_) return;
  said_shared_ = true;
  const bool summed = survey_.power_source() == PowerSource::psu_sum;
  log::warn(
      "power supplies feed other machines of the chassis too",
      {{"device", device_.name},
       {"power_from", std::string{name_of(survey_.power_source())}},
       {"consequence", summed ? "the sum is the chassis's: count it once" : "single supplies are the chassis's"}});
}

double BmcPoller::jitter() { return std::uniform_real_distribution<double>{0.75, 1.0}(loop_.random); }

/// @return when the next poll is due: at its place on the grid, or after a time of rest.
Instant BmcPoller::after(PollFailure failure, Instant due) {
  const auto now = BootClock::now();
  if (failure == PollFailure::none) {
    const auto missed = (now - due) / device_.interval;
    if (missed > 0) loop_.stats.overran();
    return due + device_.interval * (missed + 1);
  }
  if (lasts(failure)) {
    const double longer = 1.0 + 0.2 * jitter();
    return now + Duration{static_cast<Duration::rep>(static_cast<double>(k_after_refusal.count()) * longer)};
  }
  const auto most = now - silent_since_ < k_quick_for ? std::min(probe_period_, k_quick_period) : probe_period_;
  const Duration growing = std::chrono::seconds{1U << std::min(failures_ > 0 ? failures_ - 1 : 0, 10U)};
  const auto rest = std::max(std::min(growing, most) - device_.timeout / 2, most / 4);
  return now + Duration{static_cast<Duration::rep>(static_cast<double>(rest.count()) * jitter())};
}

/// Between polls: finds out more, and speaks up before the BMC forgets the session. @return when to go on.
Task<Instant> BmcPoller::pass_time() {
  if (failures_ > 0) co_return due_;
  if (BootClock::now() >= bmc_->keep_alive_due()) {
    if (co_await survey_.begin_poll(*bmc_) != PollFailure::none) co_return due_;
    if (co_await survey_.end_poll(*bmc_) != PollFailure::none) co_return due_;
  }
  const auto again = co_await survey_.explore(*bmc_, std::min(due_, bmc_->keep_alive_due()));
  co_return std::min({again, due_, bmc_->keep_alive_due()});
}

}  // namespace pue::ipmi
