#include "collectors/ipmi/bmc_survey.h"

#include <algorithm>
#include <utility>

#include "collectors/ipmi/completion.h"
#include "collectors/ipmi/dcmi.h"
#include "collectors/ipmi/known_products.h"

namespace pue::ipmi {
namespace {

constexpr std::uint8_t k_dcmi_supported = 1;
constexpr std::uint8_t k_silences_to_rest = 3;

Value good(double value) { return {value, SampleQuality::good}; }

}  // namespace

void BmcSurvey::Source::refused(Instant now, const SurveyPace& pace) {
  // Some BMCs refuse DCMI while they start; what is refused for the third time is not there.
  const bool believed = offer == Offer::absent || ++refusals >= k_refusals_to_believe;
  offer = believed ? Offer::absent : Offer::untried;
  next = now + (believed ? pace.again_absent : pace.soon);
}

void BmcSurvey::note(std::uint8_t code) {
  switch (meaning_of(code)) {
    case Completion::ok:
      return;
    case Completion::forbidden:
      refusal_ = PollFailure::privilege;
      return;
    case Completion::transient:
      refusal_ = PollFailure::device_busy;
      return;
    default:
      refusal_ = PollFailure::refused;
  }
}

Task<tl::expected<Answer, PollFailure>> BmcSurvey::ask(Bmc& bmc, Request request) {
  auto answer = co_await bmc.ask(request);
  if (answer) heard_ = true;
  co_return answer;
}

Task<PollFailure> BmcSurvey::identify(Bmc& bmc) {
  const auto answer = co_await ask(bmc, get_device_id());
  if (!answer) co_return answer.error();
  if (!answer->ok()) note(answer->completion_code);
  const auto identity = parse_device_id(answer->data());
  // A BMC that cannot tell who it is can still tell its power.
  identity_ = answer->ok() && identity ? *identity : identity_.value_or(DeviceIdentity{});
  shared_supply_ = sensors_.names_a_chassis || traits_of(*identity_).shared_supply;
  co_return PollFailure::none;
}

Task<PollFailure> BmcSurvey::begin_poll(Bmc& bmc) {
  heard_ = false;
  refusal_ = PollFailure::none;
  const bool ask_who = !identity_ || suspect_;
  suspect_ = true;  // until end_poll() says otherwise
  if (ask_who) {
    const auto failure = co_await identify(bmc);
    if (failure != PollFailure::none) co_return failure;
    // After a silence it may have other firmware, and other sensors.
    next_stamp_ = std::min(next_stamp_, has_stamp_ ? BootClock::now() : Instant::max());
  }
  if (dcmi_power_.offer == Offer::untried && dcmi_power_.due(BootClock::now())) co_return co_await try_dcmi_power(bmc);
  co_return PollFailure::none;
}

Task<PollFailure> BmcSurvey::end_poll(Bmc& bmc) {
  if (!heard_) {
    const auto answer = co_await ask(bmc, get_device_id());
    if (!answer) co_return answer.error();
  }
  suspect_ = false;
  co_return PollFailure::none;
}

Task<PollFailure> BmcSurvey::try_dcmi_power(Bmc& bmc) {
  const auto answer = co_await ask(bmc, get_dcmi_capabilities(k_dcmi_supported));
  if (!answer) co_return answer.error();
  const auto now = BootClock::now();
  if (meaning_of(answer->completion_code) == Completion::transient) {
    dcmi_power_.next = now + pace_.soon;
    co_return PollFailure::none;
  }
  const auto capable = parse_dcmi_power_capability(answer->data());
  if (answer->ok() && capable.value_or(false)) {
    // One that was given up before has to measure at once, else each attempt would cost readings of what serves now.
    unmeasured_ = dcmi_power_.offer == Offer::absent ? k_refusals_to_believe - 1 : 0;
    dcmi_power_.accepted();
  } else {
    dcmi_power_.refused(now, pace_);
  }
  co_return PollFailure::none;
}

/// @return nothing where DCMI does not serve: another source may.
Task<std::optional<BmcSurvey::Reading>> BmcSurvey::dcmi_power(Bmc& bmc) {
  const auto answer = co_await ask(bmc, get_dcmi_power_reading());
  if (!answer) co_return Reading{tl::unexpected(answer.error())};
  note(answer->completion_code);
  const auto now = BootClock::now();
  const auto absent = [&] { dcmi_power_ = Source{.next = now + pace_.again_absent, .offer = Offer::absent}; };
  switch (meaning_of(answer->completion_code)) {
    case Completion::ok:
      break;
    case Completion::absent:
      absent();
      co_return std::nullopt;
    default:
      co_return Reading{Value{}};
  }
  const auto power = parse_dcmi_power(answer->data());
  if (power && power->is_measured()) {
    unmeasured_ = 0;
    source_ = PowerSource::dcmi;
    co_return Reading{good(power->current.value())};
  }
  if (++unmeasured_ < k_refusals_to_believe) co_return Reading{Value{}};
  absent();
  co_return std::nullopt;
}

Value BmcSurvey::without_source() const {
  const bool known = walked_ && dcmi_power_.offer == Offer::absent;
  return {0.0, known ? SampleQuality::unsupported : SampleQuality::invalid};
}

Task<BmcSurvey::Reading> BmcSurvey::power(Bmc& bmc) {
  if (dcmi_power_.offer == Offer::present) {
    if (auto reading = co_await dcmi_power(bmc)) co_return *reading;
  }
  if (sensors_.total) {
    source_ = PowerSource::system_sensor;
    co_return co_await read(bmc, *sensors_.total);
  }
  if (!sensors_.supplies.empty()) {
    source_ = PowerSource::psu_sum;
    co_return co_await sum_of_supplies(bmc);
  }
  if (dcmi_power_.offer == Offer::absent) source_ = PowerSource::unknown;
  co_return without_source();
}

/// A supply that is there and gives no value leaves no sum: a smaller one would be wrong.
Task<BmcSurvey::Reading> BmcSurvey::sum_of_supplies(Bmc& bmc) {
  double sum = 0.0;
  std::size_t counted = 0;
  for (auto& supply : sensors_.supplies) {
    const auto input = co_await read(bmc, supply);
    if (!input) co_return input;
    if (input->quality == SampleQuality::good) {
      sum += input->value;
      ++counted;
      continue;
    }
    const auto plugged = co_await is_plugged(bmc, supply);
    if (!plugged) co_return tl::unexpected(plugged.error());
    if (*plugged) co_return Value{};
  }
  if (counted == 0) co_return Value{};
  co_return good(sum);
}

/// @return false only where the BMC says that the bay is empty.
Task<tl::expected<bool, PollFailure>> BmcSurvey::is_plugged(Bmc& bmc, const Sensor& supply) {
  constexpr std::uint16_t presence_detected = 0x0001;
  for (auto& state : sensors_.supply_states) {
    if (state.instance != supply.instance) continue;
    NoReading why{};
    const auto reading = co_await raw(bmc, state, why);
    if (!reading) {
      if (reading.error() != PollFailure::none) co_return tl::unexpected(reading.error());
      co_return true;
    }
    co_return (reading->states & presence_detected) != 0;
  }
  co_return true;
}

Task<BmcSurvey::Reading> BmcSurvey::inlet(Bmc& bmc) {
  if (dcmi_inlet_.offer == Offer::present || dcmi_inlet_.due(BootClock::now())) {
    const auto answer = co_await ask(bmc, get_dcmi_inlet_temperature());
    if (!answer) co_return tl::unexpected(answer.error());
    const auto temperatures = parse_dcmi_temperatures(answer->data());
    const auto warmest = answer->ok() && temperatures ? temperatures->warmest() : std::nullopt;
    if (warmest) {
      dcmi_inlet_.accepted();
      co_return good(warmest->value());
    }
    if (meaning_of(answer->completion_code) == Completion::transient) co_return Value{};
    dcmi_inlet_.refused(BootClock::now(), pace_);
  }
  if (sensors_.inlet) co_return co_await read(bmc, *sensors_.inlet);
  const bool known = walked_ && dcmi_inlet_.offer == Offer::absent;
  co_return Value{0.0, known ? SampleQuality::unsupported : SampleQuality::invalid};
}

Task<BmcSurvey::Reading> BmcSurvey::supply(Bmc& bmc, std::size_t index) {
  if (index < sensors_.supplies.size()) co_return co_await read(bmc, sensors_.supplies[index]);
  co_return Value{0.0, walked_ ? SampleQuality::unsupported : SampleQuality::invalid};
}

Task<BmcSurvey::Reading> BmcSurvey::fan(Bmc& bmc, std::size_t index) {
  if (index < sensors_.fans.size()) co_return co_await read(bmc, sensors_.fans[index]);
  co_return Value{0.0, walked_ ? SampleQuality::unsupported : SampleQuality::invalid};
}

/// @return the failure `none` where the BMC answered and gave no reading, for the reason in `why`.
Task<tl::expected<RawReading, PollFailure>> BmcSurvey::raw(Bmc& bmc, Sensor& sensor, NoReading& why) {
  why = NoReading::busy;
  if (BootClock::now() < sensor.rest_until) co_return tl::unexpected(PollFailure::none);
  const bool others_answer = heard_;
  const auto answer = co_await ask(bmc, get_sensor_reading(sensor.number));
  constexpr std::uint8_t timed_out_inside = 0xC3;
  const bool slow = answer ? answer->completion_code == timed_out_inside : answer.error() == PollFailure::timeout;
  if (!slow) sensor.silences = 0;
  if (slow && others_answer) {
    sensor.silences = static_cast<std::uint8_t>(std::min(sensor.silences + 1, 10));
    // A time-out costs the poll most of its time; the BMC's own C3 comes sooner.
    if (!answer || sensor.silences >= k_silences_to_rest) {
      sensor.rest_until =
          BootClock::now() + std::min<Duration>(pace_.sensor_rest, pace_.first_rest * (1 << sensor.silences));
    }
  }
  if (!answer) co_return tl::unexpected(slow && others_answer ? PollFailure::none : answer.error());
  note(answer->completion_code);
  auto reading = parse_sensor_reading(*answer);
  if (reading) co_return *reading;
  why = reading.error();
  co_return tl::unexpected(PollFailure::none);
}

Task<BmcSurvey::Reading> BmcSurvey::read(Bmc& bmc, Sensor& sensor) {
  NoReading why{};
  const auto reading = co_await raw(bmc, sensor, why);
  if (!reading) {
    if (reading.error() != PollFailure::none) co_return tl::unexpected(reading.error());
    co_return Value{0.0, why == NoReading::absent ? SampleQuality::unsupported : SampleQuality::invalid};
  }
  auto conversion = sensor.conversion;
  if (conversion.is_non_linear()) {
    const auto answer = co_await ask(bmc, get_sensor_reading_factors(sensor.number, reading->value));
    if (!answer) co_return tl::unexpected(answer.error());
    const auto factors = answer->ok() ? parse_factors(answer->data(), conversion) : std::nullopt;
    if (!factors) co_return Value{};
    conversion = *factors;
  }
  const auto value = conversion.apply(reading->value);
  if (!value) co_return Value{};
  co_return good(in_si_unit(*value, sensor.unit));
}

bool BmcSurvey::wants_sensors() const {
  return dcmi_power_.offer == Offer::absent || wanted_.supplies || wanted_.fans ||
         (wanted_.inlet && dcmi_inlet_.offer == Offer::absent);
}

Task<Instant> BmcSurvey::explore(Bmc& bmc, Instant until) {
  const auto now = BootClock::now();
  if (dcmi_power_.due(now)) {
    if (co_await try_dcmi_power(bmc) != PollFailure::none) co_return until;
    if (dcmi_power_.offer == Offer::untried) co_return dcmi_power_.next;
  }
  if (dcmi_power_.offer == Offer::untried) co_return dcmi_power_.next;
  if (!wants_sensors()) co_return until;
  if (!expedition_ && now >= next_stamp_) co_await check_stamp(bmc);
  if (expedition_ || now >= next_walk_) co_return co_await walk_on(bmc, until);
  co_return until;
}

Task<void> BmcSurvey::check_stamp(Bmc& bmc) {
  next_stamp_ = BootClock::now() + pace_.stamp_period;
  const auto answer = co_await ask(bmc, SdrWalk::stamp_request(place_));
  if (!answer) co_return;
  const auto stamp = SdrWalk::stamp_in(*answer, place_);
  if (stamp && *stamp != stamp_) expedition_ = std::make_unique<Expedition>(place_);
}

Task<Instant> BmcSurvey::walk_on(Bmc& bmc, Instant until) {
  if (!expedition_) expedition_ = std::make_unique<Expedition>(place_);
  const auto progress = co_await expedition_->walk.go_on(bmc, until, expedition_->found);
  const auto now = BootClock::now();
  if (!progress) {
    if (progress.error() == WalkFault::silent) co_return until;
    // What was found before stays; what this walk has found is not whole.
    walked(false);
    co_return until;
  }
  switch (*progress) {
    case SdrWalk::Progress::more:
      co_return until;
    case SdrWalk::Progress::pause:
      co_return now + pace_.soon;
    case SdrWalk::Progress::done:
      if (expedition_->found.is_empty() && identity_ && identity_->has_device_sdrs && look_elsewhere()) co_return now;
      walked(true);
      break;
    case SdrWalk::Progress::nothing:
      if (look_elsewhere()) co_return now;
      walked(false);
      break;
  }
  co_return until;
}

/// Goes on with the device's own records where the repository's do not serve. @return whether they were still to come.
bool BmcSurvey::look_elsewhere() {
  if (place_ == SdrPlace::device) return false;
  place_ = SdrPlace::device;
  expedition_ = std::make_unique<Expedition>(place_);
  return true;
}

void BmcSurvey::walked(bool found) {
  const auto now = BootClock::now();
  if (found) {
    sensors_ = std::move(expedition_->found);
    sensors_.finish();
    stamp_ = expedition_->walk.stamp();
    shared_supply_ = sensors_.names_a_chassis || (identity_ && traits_of(*identity_).shared_supply);
  } else {
    place_ = SdrPlace::repository;
  }
  // Records that were read are read again when their stamp changes; else another attempt is made: soon where there
  // used to be some, since a BMC that starts may have none for a while.
  next_walk_ = found ? Instant::max() : now + (has_stamp_ ? pace_.stamp_period : pace_.again_absent);
  next_stamp_ = found ? now + pace_.stamp_period : Instant::max();
  has_stamp_ = has_stamp_ || found;
  walked_ = true;
  expedition_.reset();
}

}  // namespace pue::ipmi
